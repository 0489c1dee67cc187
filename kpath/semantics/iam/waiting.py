"""Roles that wait for service accounts which nobody has made: those that a name is kept for, and those of any name.

Source: attack-steps.md, IRSA_TRUST_BROAD and POD_IDENTITY_SQUAT.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.tables import Model
from kpath.refs import Ref, sa
from kpath.semantics.iam import pod_identity
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.document import Policy
from kpath.semantics.iam.irsa import READS as IRSA
from kpath.semantics.iam.irsa import asked_for, audiences_of, trusted
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.sets import federated
from kpath.verdict import Denied

READS = IRSA | pod_identity.READS | {"spaces", "service_accounts"}

# Stands for a name that nobody has taken, and in a pattern for what `*` stands for.
_FRESH, _ANY = "kpath-new", "x"
_PREFIX = "system:serviceaccount:"
_NAMES = ("/namespace", "/serviceAccount")


class Waiting(Struct, frozen=True):
    """A role that a service account gets which is yet to be made; `by_agent` if only a pod on a node gets it."""

    account: Ref
    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]
    by_agent: bool = False


def kept(model: Model, known: Collection[Ref]) -> Iterator[Waiting]:
    """The roles that are kept for service accounts by name which are not among those that are known."""
    unlisted = () if "serviceaccounts" in model.coverage.listed else ("serviceaccounts",)
    for each in _named(model, known):
        what = f"{each.account} is not there"
        doubts = tuple(Assumption(what, missing=kind) for kind in unlisted)
        yield Waiting(each.account, each.role, each.because, (*each.assumes, *doubts), each.by_agent)


def _named(model: Model, known: Collection[Ref]) -> Iterator[Waiting]:
    for found in pod_identity.associations(model):
        if found.account not in known:
            agent = pod_identity.agent(model)
            # Another name that nobody has taken is as good.
            why = (fact for fact in found.because if fact.at not in _NAMES)
            because, assumes = (*why, *agent.because), (*found.assumes, *agent.assumes)
            yield Waiting(found.account, found.role, because, assumes, by_agent=True)
    for wanted, trust in trusts(model).items():
        names = {each for each in wanted_by(trust) if not _is_pattern(each)}
        yield from _taking(model, wanted, trust, frozenset(each for each in names if _account(each) not in known))


def open_to_any(model: Model, known: Collection[Ref], wanted_names: Collection[Ref]) -> Iterator[Waiting]:
    """The roles that some service account gets whose name leaves a choice, one for each namespace, known or not.

    Some names are wanted: a right may be to these alone.
    """
    for wanted, trust in trusts(model).items():
        patterns = {each for each in wanted_by(trust) if _is_pattern(each)}
        names = {name for space in sorted(model.spaces) for name in _in_space(space, patterns)}
        names |= {_made(each) for each in patterns} | {f"{_PREFIX}{_FRESH}:{_FRESH}"}
        names |= {f"{_PREFIX}{each.namespace}:{each.name}" for each in wanted_names}
        exact = wanted_by(trust) - patterns
        free = {each for each in names - exact if _account(each) is not None and _account(each) not in known}
        yield from _taking(model, wanted, trust, frozenset(free))


def wanted_by(trust: Policy) -> frozenset[str]:
    """The subjects of tokens that a trust speaks of, by name or by pattern."""
    return asked_for(trust, ":sub")


def _taking(model: Model, role: Ref, trust: Policy, subjects: frozenset[str]) -> Iterator[Waiting]:
    """Those of some subjects that may have a role."""
    for provider, assumes in trusted(model) if subjects else ():
        for audience, doubts in audiences_of(model, provider):
            owner = standing(model, role.account)
            for group in federated(trust, provider.ref, provider.issuer, audience, subjects, owner=owner):
                if not isinstance(group.verdict, Denied):
                    for account in filter(None, map(_account, sorted(group.names))):
                        why = (*group.verdict.assumes, *assumes, *doubts)
                        yield Waiting(account, role, group.verdict.because, why)


def _in_space(space: str, patterns: Collection[str]) -> Iterator[str]:
    """Names in a namespace that a choice leaves: any at all, and such as the patterns have."""
    yield f"{_PREFIX}{space}:{_FRESH}"
    for each in patterns:
        parts = each.split(":")
        if len(parts) == 4:
            yield f"{_PREFIX}{space}:{_made(parts[3])}"


def _made(pattern: str) -> str:
    return re.sub(r"[*?]", _ANY, pattern)


def _is_pattern(subject: str) -> bool:
    return "*" in subject or "?" in subject


def _account(subject: str) -> Ref | None:
    parts = subject.split(":")
    if len(parts) == 4 and subject.startswith(_PREFIX) and all(parts):
        return sa(parts[2], parts[3])
    return None
