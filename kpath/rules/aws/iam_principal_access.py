from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.escalation.access import READS, raised_through, reached
from kpath.semantics.iam.escalation.targets import refs_of


@rule(
    verb="makes itself",
    attack=("T1098.001", "T1098.003"),
    difficulty=1, noise=3, gain=4,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def iam_principal_access(model: Model) -> Iterator[Step]:
    """Come by the credentials, the login or the trust of another principal, raised where that may be done too.

    When:
        The principal may make credentials for a user, or may rewrite the trust of a role, or may assume a role that it
        may also write policies to. Where it may give the other one everything, the account is its own.

    Trap:
        A boundary binds the one it is on: it caps what another can be made of, not who gets there. A Deny of
        `sts:AssumeRole` holds whatever the trust says. Between accounts nobody writes to anybody.
    """
    for principal, taken in reached(model):
        because = held_by(model, principal, taken.verdict.because)
        yield Step(principal, refs_of(model, taken.names), because, taken.verdict.assumes, way=taken.way.id)
    for principal, way, verdict in raised_through(model):
        because = held_by(model, principal, verdict.because)
        yield Step(principal, Ref(f"aws-admin/{principal.account}"), because, verdict.assumes, way=way.id)
