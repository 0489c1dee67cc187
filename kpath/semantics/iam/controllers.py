"""What the service accounts of controllers are in AWS, and what they read there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import data, irsa
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import Reading, readable
from kpath.semantics.iam.irsa import federations
from kpath.semantics.workload.controllers import Running, accounts_of, cited
from kpath.semantics.workload.stores import Store

READS = irsa.READS | data.READS | {"aws_secrets"}
_READING = Reading((("secretsmanager:GetSecretValue",),), through="secretsmanager")


class Reached(Struct, frozen=True):
    """Something in AWS that somebody comes to, why, and what that assumes."""

    targets: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


def roles_of(model: Model, accounts: Mapping[Ref, Evidence]) -> Iterator[tuple[Ref, Reached]]:
    """The roles that some service accounts become, each with the facts for which the account comes in."""
    for account, why in accounts.items():
        for each in federations(model, [account]):
            targets = model.names.refs([each.role])
            yield each.role, Reached(targets, (*why, *each.verdict.because), (*each.verdict.assumes, *each.assumes))


@memoised
def _readable(model: Model) -> Mapping[Ref, tuple[Reached, ...]]:
    found: dict[Ref, list[Reached]] = {}
    for principal, secrets, verdict in readable(model, _READING, model.aws_secrets):
        because = held_by(model, principal, verdict.because)
        found.setdefault(principal, []).append(Reached(secrets, because, verdict.assumes))
    return {principal: tuple(each) for principal, each in found.items()}


def fetched(model: Model, store: Store, by: Sequence[Running]) -> Iterator[Reached]:
    """The secrets in AWS that a store's controller reads: with the store's role, its account's, or its own."""
    runs = cited(model, by[0])
    if store.unlisted:
        unknown = Assumption(f"one of the {store.unlisted} fetches it", Confidence.LOW, store.unlisted)
        yield Reached(model.names.refs(model.aws_secrets), runs, (unknown,))
    elif store.role is not None:
        assumed = Assumption(f"the credentials of {store.ref} may assume {store.role}", Confidence.MEDIUM)
        for data in _readable(model).get(store.role, ()):
            yield Reached(data.targets, (*runs, *store.because, *data.because), (assumed, *data.assumes))
    else:
        accounts = {store.account: runs} if store.account is not None else accounts_of(model, by)
        for role, each in roles_of(model, accounts):
            for data in _readable(model).get(role, ()):
                because = (*each.because, *store.because, *data.because)
                yield Reached(data.targets, because, (*each.assumes, *data.assumes))
