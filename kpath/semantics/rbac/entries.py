"""Access entries that somebody makes or changes: what EKS refuses in them, and what they lead to.

Source: Amazon EKS user guide, Create access entries (names that it reserves; authentication modes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.able import PRINCIPAL, SELF, Able, Call, able, besides, entered_as
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.estate import beneath, clusters
from kpath.semantics.iam.patterns import matcher
from kpath.semantics.rbac import gifts, mapped
from kpath.semantics.rbac.entry_names import nameable, named, spoken
from kpath.semantics.rbac.gifts import given, is_limited
from kpath.semantics.rbac.modes import entry_ref, honours_entries, undescribed
from kpath.verdict import Denied, Undecided, Verdict

READS = gifts.READS | mapped.READS

__all__ = ["READS", "associated", "attainable", "clusters", "created", "lent", "nameable", "updated"]

STANDARD = "STANDARD"
OWN = (("eks:principalarn", (PRINCIPAL,)), ("eks:accessentrytype", (STANDARD,)))
UNSEEN = Assumption("who created the cluster is not known", Confidence.LOW, "cloudtrail lookup-events")
GONE = Assumption("its access entry is deleted first, or it makes one for another principal of its own")


@memoised
def entered(model: Model) -> frozenset[Ref]:
    """The principals that have an access entry."""
    return frozenset((*model.access_entries, *undescribed(model)))


class Entry(Struct, frozen=True):
    """An access entry that takes groups and policies: whose it is, what shows that, and what that assumes."""

    principal: Ref
    because: Evidence = ()
    assumes: tuple[Assumption, ...] = ()


def standard_entries(model: Model, ref: Ref, cluster: wire_aws.Cluster) -> dict[str, Entry]:
    """The access entries of a cluster that take groups and policies, by ARN, as far as that is known."""
    found: dict[str, Entry] = {}
    for principal, entry in model.access_entries.items():
        arn = entry_ref(entry)
        of_this = entry.cluster_name in ("", cluster.name)
        if of_this and (entry.type or STANDARD) == STANDARD:
            because = (Fact(arn, "/type", entry.type),) if entry.type is not None else ()
            name = str(arn) if arn.kind == "aws-access-entry" else _entry_of(ref, principal)
            found[name] = Entry(principal, because, () if entry.type else (_typed(principal),))
    for principal, shown in undescribed(model).items():
        found[_entry_of(ref, principal)] = Entry(principal, shown, (_typed(principal),))
    return found


def _entry_of(cluster: Ref, principal: Ref) -> str:
    """The ARN of a principal's access entry, but for its end, which EKS chooses."""
    return next(iter(beneath(cluster, "access-entry", f"{entered_as(principal)}/*")))


def _typed(principal: Ref) -> Assumption:
    return Assumption(f"the access entry of {principal} is of type {STANDARD}", missing=mapped.ENTRY)


Entered = tuple[Able, Ref | Refs, Evidence, Ref]


def created(model: Model) -> Iterator[tuple[Able, Ref | Refs, Evidence, Ref | None]]:
    """Who may make itself an access entry of which cluster, what it gives, and the cluster if its mode must change."""
    for ref, cluster in clusters(model):
        honoured = honours_entries(model, ref, cluster)
        switched = ref if isinstance(honoured, Denied) else None
        for each, targets in _made(model, ref):
            made = _anew(each) if each.principal in entered(model) else each
            yield *_in(made, targets, honoured), switched


def _made(model: Model, ref: Ref) -> Iterator[tuple[Able, Ref | Refs]]:
    """Who may make an entry of its own, and what for."""
    on, entry = frozenset({ref}), beneath(ref, "access-entry", f"{SELF}/*")
    creating = able(model, Call("eks:CreateAccessEntry", on, OWN))
    for policy, targets in given(model, ref, entry, OWN[:1]) if creating else ():
        yield from ((each, _held(model, targets)) for each in besides(creating, (policy,)))
    yield from named(model, "eks:CreateAccessEntry", on, OWN)


def lent(model: Model) -> Iterator[tuple[Able, Refs, Refs, Evidence, Ref | None]]:
    """Who may make entries for which principals but not for itself, what whoever holds both gets, and the cluster."""
    for ref, cluster in clusters(model):
        honoured = honours_entries(model, ref, cluster)
        switched = ref if isinstance(honoured, Denied) else None
        own: dict[Ref, set[Ref]] = {}
        for each, targets in _made(model, ref):
            own.setdefault(each.principal, set()).update(_many(targets))
        for each, others, targets in _made_for_others(model, ref):
            free = model.names.refs(other for other in others if other != each.principal)
            gained = model.names.refs(target for target in _many(targets) if target not in own.get(each.principal, ()))
            if len(free) and len(gained):
                made, _, because = _in(each, gained, honoured)
                yield made, free, gained, because, switched


def _held(model: Model, targets: Ref | list[Ref]) -> Ref | Refs:
    return targets if isinstance(targets, Ref) else model.names.refs(targets)


def _many(targets: Ref | Refs) -> Iterable[Ref]:
    return (targets,) if isinstance(targets, Ref) else targets


def _made_for_others(model: Model, ref: Ref) -> Iterator[tuple[Able, tuple[Ref, ...], Ref | Refs]]:
    """Who may make entries for which principals, and what for."""
    on = frozenset({ref})
    for others in _alike(model):
        entries = {_entry_of(ref, each): each for each in others}
        known = (("eks:principalarn", (others[0],)), OWN[1])
        creating = able(model, Call("eks:CreateAccessEntry", on, known))
        for policy, gained in given(model, ref, frozenset(entries), known[:1]) if creating else ():
            for each in besides(creating, (policy,)):
                yield each, tuple(entries[name] for name in sorted(each.resources)), _held(model, gained)
        for each, targets in named(model, "eks:CreateAccessEntry", on, known):
            yield each, others, targets


def _alike(model: Model) -> Iterator[tuple[Ref, ...]]:
    """The principals without an entry, those together that no policy can tell apart by a condition on whose it is."""
    tests = [(said, matcher(said)) for said in spoken(model).get("eks:principalarn", ())]
    found: dict[tuple[tuple[bool, bool], ...], list[Ref]] = {}
    for each in principals(model):
        if each not in entered(model):
            found.setdefault(tuple((said == each, test(each)) for said, test in tests), []).append(each)
    return (tuple(each) for each in found.values())


def _in(each: Able, targets: Ref | Refs, honoured: Verdict) -> tuple[Able, Ref | Refs, Evidence]:
    """What somebody makes, in a cluster that honours it, may do so, or has to be switched to it first."""
    if isinstance(honoured, Denied):
        return each, targets, ()
    if honoured.assumes:
        each = replace(each, verdict=Undecided(each.verdict.because, (*each.assumes, *honoured.assumes)))
    return each, targets, honoured.because


def _anew(each: Able) -> Able:
    """Whoever has an entry makes no other, unless that is gone."""
    return replace(each, verdict=Undecided(each.verdict.because, (*each.assumes, GONE)))


def associated(model: Model) -> Iterator[Entered]:
    """Who may give whose access entry which policies."""
    for ref, entries, because in _changeable(model):
        for each, targets in given(model, ref, frozenset(entries)):
            yield from _entered(each, _held(model, targets), entries, because)


def updated(model: Model) -> Iterator[Entered]:
    """Who may put which users and groups into whose access entry."""
    for _, entries, because in _changeable(model):
        for each, targets in named(model, "eks:UpdateAccessEntry", frozenset(entries)):
            yield from _entered(each, targets, entries, because)


def _entered(each: Able, targets: Ref | Refs, entries: dict[str, Entry], because: Evidence) -> Iterator[Entered]:
    for name in sorted(each.resources):
        entry = entries[name]
        assumed = Undecided(each.verdict.because, (*each.assumes, *entry.assumes))
        may = replace(each, verdict=assumed) if entry.assumes else each
        yield may, targets, tuple(dict.fromkeys((*because, *entry.because))), entry.principal


def _changeable(model: Model) -> Iterator[tuple[Ref, dict[str, Entry], Evidence]]:
    for ref, cluster in clusters(model):
        honoured = honours_entries(model, ref, cluster)
        if not isinstance(honoured, Denied):
            yield ref, standard_entries(model, ref, cluster), honoured.because


def creator(cluster: Ref) -> Ref:
    """Stands for the principal that created a cluster, which nothing tells; no role can be called so."""
    return Ref(f"arn:{cluster.split(':')[1]}:iam::{cluster.account}:role/(unknown)")


@memoised
def attainable(model: Model) -> tuple[tuple[Ref, Evidence], ...]:
    """The rights of access policies that somebody may come to hold, each as `grant/NAMESPACE/POLICY`."""
    if not is_limited(model):
        return ()
    given_ = [targets for _, targets, *_ in (*created(model), *associated(model))]
    given_ += [targets for _, _, targets, *_ in lent(model)]
    found = {each for targets in given_ for each in _many(targets) if each.kind == "grant"}
    because = tuple(Fact(ref, "/arn", cluster.arn) for ref, cluster in clusters(model))
    return tuple((each, because) for each in sorted(found))
