from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, swapping


@rule(
    verb="gets, once another has swapped its profile, the role",
    attack=("T1578.005", "T1098.003"),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-PASSROLE", "M-AUTOMODE"),
)  # fmt: skip
def ec2_profile_swap(model: Model) -> Iterator[Step]:
    """Give the instance of a node that one is on another role.

    When:
        `ec2:ReplaceIamInstanceProfileAssociation` on the instance of a node, or `ec2:AssociateIamInstanceProfile`
        (with `ec2:DisassociateIamInstanceProfile` where it has a profile); and `iam:PassRole` on a role that trusts
        EC2, is in a profile and is not the node's already; and a vantage on the node, or a way to its metadata service.

    Trap:
        The kubelet fails once the role of nodes is gone. The role of nodes on an instance of one's own is
        EC2_RUN_AS_NODE. Instances of Auto Mode cannot be changed.
    """
    for each in swapping(model):
        yield Step(each.sources, each.role, each.because, each.assumes, also=(each.principal,))
