from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import operators
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import NODE_CLASSES, served, writers
from kpath.semantics.workload import metadata
from kpath.semantics.workload.metadata import node_roles
from kpath.verdict import Denied

PASSED = Assumption("the controller's role may pass that role, and nodes of the class are wanted", Confidence.MEDIUM)


@rule(
    verb="has nodes launched that have the role",
    attack=("T1578.002", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS | operators.READS | metadata.READS,
    breaks=("M-RBAC-REMOVE", "M-PASSROLE", "M-CTRL-SCOPE", "M-VAP"),
)  # fmt: skip
def ctrl_nodeclass(model: Model) -> Iterator[Step]:
    """Have Karpenter or Auto Mode launch nodes with an instance role of one's choice.

    When:
        `create`, `update` or `patch` on EC2NodeClasses of Karpenter, or on NodeClasses of Auto Mode. The roles
        to choose from are those that nodes have already, for those are mapped to nodes.

    Trap:
        Both kinds live outside of namespaces, so a RoleBinding grants nothing. Auto Mode takes no user data,
        but a role.
    """
    for operator in NODE_CLASSES:
        verdict = served(model, operator)
        for grant in () if isinstance(verdict, Denied) else writers(model, operator):
            for role, given in node_roles(model).items():
                because = (*grant.because, *verdict.because, *given.because)
                yield Step(grant.subjects, role, because, (*grant.assumes, *verdict.assumes, *given.assumes, PASSED))
