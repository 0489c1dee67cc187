from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import READS, held_by
from kpath.semantics.iam.chains import assumptions, refusals


@rule(
    verb="assumes",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=4,
    reads=READS,
    breaks=("M-TRUST-EXACT", "M-NODEROLE-MIN"),
)  # fmt: skip
def sts_assume_role(model: Model) -> Iterator[Step]:
    """Assume another role.

    When:
        The role's trust policy admits the principal; where it names the account only, or across accounts,
        the principal's own policies allow it as well.

    Trap:
        An explicit Deny wins. A role does not trust itself unless it says so. A condition left open is an
        assumption, not a no. The role of nodes is a role like any other: what the catalogue calls STS_NODE_ROLE is
        this step with that target, and NODE_SESSION_SPOOF goes on from there.
    """
    for principal, role, verdict in assumptions(model):
        because = held_by(model, principal, verdict.because)
        yield Step(principal, role, because, verdict.assumes, way="sts-001")


@barrier(sts_assume_role)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it, or the trust that does not name the principal."""
    for principal, role, because in refusals(model, holds):
        yield Block(principal, role, because)
