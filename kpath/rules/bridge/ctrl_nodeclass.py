from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import instance_roles
from kpath.semantics.iam.instance_roles import given_to_instances
from kpath.semantics.rbac import operators
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import NODE_CLASSES, served, writers
from kpath.verdict import Denied

PASSED = Assumption("the controller's role may pass that role, and nodes of the class are wanted", Confidence.MEDIUM)


@rule(
    verb="has nodes launched that have the role",
    attack=("T1578.002", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS | operators.READS | instance_roles.READS,
    breaks=("M-RBAC-REMOVE", "M-PASSROLE", "M-CTRL-SCOPE", "M-VAP"),
)  # fmt: skip
def ctrl_nodeclass(model: Model) -> Iterator[Step]:
    """Have Karpenter or Auto Mode launch nodes with an instance role of one's choice.

    When:
        `create`, `update` or `patch` on EC2NodeClasses of Karpenter, or on NodeClasses of Auto Mode. The roles
        to choose from are those that nodes have already, for those are mapped to nodes, and any other that trusts
        EC2 and that an instance profile holds.

    Trap:
        Both kinds live outside of namespaces, so a RoleBinding grants nothing. Auto Mode takes no user data,
        but a role. Which roles the controller's own may pass is not read yet.
    """
    for operator in NODE_CLASSES:
        verdict = served(model, operator)
        for grant in () if isinstance(verdict, Denied) else writers(model, operator):
            for given in given_to_instances(model):
                because = (*grant.because, *verdict.because, *given.because)
                yield Step(
                    grant.subjects, given.role, because, (*grant.assumes, *verdict.assumes, *given.assumes, PASSED)
                )
