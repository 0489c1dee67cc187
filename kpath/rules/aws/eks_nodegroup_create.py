from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, grouped


@rule(
    verb="creates nodes with",
    attack=("T1578.002",),
    difficulty=2, noise=4, gain=5,
    reads=READS,
    breaks=("M-PASSROLE", "M-IAM-EKSGUARD"),
)  # fmt: skip
def eks_nodegroup_create(model: Model) -> Iterator[Step]:
    """Create a node group with a launch template of one's own and a role of one's choice.

    When:
        `eks:CreateNodegroup` on the cluster, and `iam:PassRole` on a role that trusts EC2.

    Trap:
        EKS maps the role to nodes by itself. `eks:UpdateNodegroupConfig` alone changes labels, taints and sizes, and no
        code. To which service the role counts as passed is not documented: a condition on it is left open.
    """
    for principal, targets, because, assumes in grouped(model):
        yield Step(principal, targets, because, assumes)
