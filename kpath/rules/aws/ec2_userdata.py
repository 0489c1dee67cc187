from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.estate import READS, nodes_of, on_machines

ACTIONS = ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances")


@rule(
    verb="rewrites the user data of",
    attack=("T1059", "T1578.005"),
    difficulty=3, noise=5, gain=5,
    reads=READS,
    breaks=("M-LT-GUARD", "M-AUTOMODE"),
)  # fmt: skip
def ec2_userdata(model: Model) -> Iterator[Step]:
    """Run commands as root at a node's next start, by its user data.

    When:
        `ec2:ModifyInstanceAttribute`, `ec2:StopInstances` and `ec2:StartInstances` on the instance.

    Trap:
        A group of instances usually replaces a node that is stopped. User data run at every start only as a boot hook.
        Instances of Auto Mode cannot be changed.
    """
    for each in on_machines(model, *ACTIONS):
        yield Step(each.principal, nodes_of(model, each.resources), each.because(model), each.assumes)
