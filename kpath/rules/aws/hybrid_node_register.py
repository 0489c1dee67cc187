from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, enrolling


@rule(
    verb="enrols a machine of its own as",
    attack=("T1078.004",),
    difficulty=3, noise=3, gain=4,
    reads=READS,
    breaks=("M-PASSROLE",),
)  # fmt: skip
def hybrid_node_register(model: Model) -> Iterator[Step]:
    """Enrol a machine of one's own as a hybrid node.

    When:
        An access entry for hybrid nodes, or a mapping in aws-auth of a node that is named by its session;
        `ssm:CreateActivation`, and `iam:PassRole` to Systems Manager on the role, which trusts it.

    Trap:
        The name of the node is that of the session. It needs a way to the API endpoint. Certificates of IAM Roles
        Anywhere are another way; who may have them issued, the snapshot does not tell.
    """
    for principal, targets, because, assumes in enrolling(model):
        yield Step(principal, targets, because, assumes)
