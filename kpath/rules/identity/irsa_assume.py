from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.irsa import READS, federations, refusals
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.universe import accounts


@rule(
    verb="becomes",
    attack=("T1550.001", "T1078.004"),
    difficulty=1, noise=2, gain=4,
    reads=READS | universe.READS,
    breaks=("M-TRUST-EXACT", "M-SA-DEDICATED", "M-RBAC-REMOVE"),
)  # fmt: skip
def irsa_assume(model: Model) -> Iterator[Step]:
    """Exchange a service account's token for an AWS role.

    When:
        The role's trust policy admits the service account through the OIDC provider of the cluster.

    Trap:
        The trust policy decides, not the annotation: trust without annotation is a step, annotation without
        trust is none. Tokens for the API server are refused by STS.
    """
    for each in federations(model, accounts(model)):
        yield Step(each.tokens, each.role, each.verdict.because, (*each.verdict.assumes, *each.assumes))


@barrier(irsa_assume)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The condition of a trust that leaves the service account out."""
    for token, role, because in refusals(model, accounts(model), holds):
        yield Block(token, role, because)
