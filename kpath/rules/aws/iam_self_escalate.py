from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.account import READS, held_by
from kpath.semantics.iam.escalation.raising import raised


@rule(
    verb="gives itself everything, as",
    attack=("T1098.003",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def iam_self_escalate(model: Model) -> Iterator[Step]:
    """Write oneself a policy that allows everything.

    When:
        The principal may write, attach or switch a policy of its own or of a group of its own, join a group that may
        do everything, or drop the boundary that alone keeps it from that. What it attaches may be a policy by which it
        then writes another (`IAMFullAccess`, one of the account's).

    Trap:
        Its boundary, a service control policy and an explicit Deny of everything cap what it gives itself. AWS's own
        policies and the roles of AWS's services are changed by nobody. What it joins or switches to counts as it is.
    """
    for principal, found in raised(model).items():
        for way, verdict in sorted(found.items()):
            because = held_by(model, principal, verdict.because)
            yield Step(principal, Ref(f"aws-admin/{principal.account}"), because, verdict.assumes, way=way)
