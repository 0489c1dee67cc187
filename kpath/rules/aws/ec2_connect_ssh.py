from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.estate import READS, connectable, nodes_of, on_machines

AGENT = Assumption("the node's image has the agent of EC2 Instance Connect, and its user may become root")
PORT = Assumption(
    "port 22 of the node is reached, or an endpoint of Instance Connect is in its VPC",
    Confidence.LOW,
    "ec2 describe-security-groups",
)


@rule(
    verb="pushes an SSH key to",
    attack=("T1021.004", "T1098.004"),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-NODE-OS", "M-AUTOMODE"),
)  # fmt: skip
def ec2_connect_ssh(model: Model) -> Iterator[Step]:
    """Log in to a node with a key that EC2 Instance Connect puts there for a minute.

    When:
        `ec2-instance-connect:SendSSHPublicKey` on the instance; and its port 22 is reached, or a tunnel of Instance
        Connect leads there.

    Trap:
        It takes the agent in the image, and a user who may become root. Bottlerocket has neither; Auto Mode lets
        nobody in.
    """
    for each in on_machines(model, "ec2-instance-connect:SendSSHPublicKey"):
        nodes = connectable(model, nodes_of(model, each.resources))
        yield Step(each.principal, nodes, each.because(model), (*each.assumes, AGENT, PORT))
