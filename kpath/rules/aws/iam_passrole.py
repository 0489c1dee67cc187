from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.escalation.passing import READS, passed
from kpath.semantics.iam.escalation.targets import refs_of


@rule(
    verb="has a service run its code as",
    attack=("T1098.003", "T1578.002"),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-PASSROLE", "M-NODEROLE-MIN"),
)  # fmt: skip
def iam_passrole(model: Model) -> Iterator[Step]:
    """Pass a role to something new that runs one's code.

    When:
        `iam:PassRole` on the role for a service, the role's trust names that service, and the principal may make,
        and where needed start, something of the service under some name. For EC2 the role is in an instance profile.

    Trap:
        Passing and making are two questions, and a condition on `iam:PassedToService` decides the first. The service
        of a task is `ecs-tasks`, not `ecs`. A boundary of the principal does not bind the role.
    """
    for principal, taken in passed(model):
        because = held_by(model, principal, taken.verdict.because)
        yield Step(principal, refs_of(model, taken.names), because, taken.verdict.assumes, way=taken.way.id)
