from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import mapped
from kpath.semantics.rbac.nodes import node_mapping
from kpath.semantics.rbac.universe import node_user
from kpath.semantics.workload import metadata


@rule(
    verb="authenticates as",
    attack=("T1550.001", "T1078.004"),
    difficulty=1, noise=2, gain=3,
    reads=metadata.READS | mapped.READS,
    breaks=("M-API-PRIVATE",),
)  # fmt: skip
def node_identity(model: Model) -> Iterator[Step]:
    """Authenticate to the API server as the node whose credentials one has.

    When:
        The node role is mapped to nodes, by an access entry for nodes or by aws-auth.

    Trap:
        The name follows from the session, so the credentials of one node make one node. In aws-auth the name alone
        gives none of a node's rights: the group system:nodes belongs to it.
    """
    for node in model.nodes:
        found = metadata.credentials(model, node)
        if found is None or not metadata.has_metadata(node):
            continue
        for because, assumes in node_mapping(model, found.role, node):
            yield Step(found.session, node_user(node.name), because, assumes)
