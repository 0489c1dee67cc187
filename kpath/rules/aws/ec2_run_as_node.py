from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, as_node, associated, launching


@rule(
    verb="launches an instance as",
    attack=("T1578.002",),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-PASSROLE", "M-LT-GUARD"),
)  # fmt: skip
def ec2_run_as_node(model: Model) -> Iterator[Step]:
    """Launch an instance that carries the role of nodes.

    When:
        `ec2:RunInstances` on instances, interfaces and volumes, and `iam:PassRole` on the role of a node to EC2.
        Instead of launching one, `ec2:AssociateIamInstanceProfile` on an instance of one's own.

    Trap:
        The rogue node must reach the API endpoint. It gets pods as the scheduler sends them, and tokens of those pods
        only. Image, subnet and security group are the caller's choice and not asked about.
    """
    for principal, role, because, assumes in as_node(model, (*launching(model), *associated(model))):
        yield Step(principal, role, because, assumes)
