from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import mapped
from kpath.semantics.rbac.nodes import beyond_nodes
from kpath.semantics.workload import noderoles


@rule(
    verb="is, by the mapping of its role, also",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=5,
    reads=mapped.READS | noderoles.READS,
    breaks=("M-EKS-API-ONLY",),
)  # fmt: skip
def node_group_mismap(model: Model) -> Iterator[Step]:
    """Use a group or user that the role of an instance is mapped to, beside its node or instead of it.

    When:
        aws-auth or an access entry maps the role of a node's instance to a user, or to a group that nodes have no
        part in.

    Trap:
        Every pod that reaches the metadata service has it, too. A role with an entry for nodes cannot have another,
        but aws-auth may still name it.
    """
    for each in noderoles.carried(model):
        for found in mapped.mapped(model):
            if found.principal == each.role:
                targets = model.names.refs(beyond_nodes(found))
                yield Step(model.names.refs(each.sessions), targets, found.because, found.assumes)
