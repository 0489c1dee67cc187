"""What already runs as a role, as far as it was collected, and who may do something to which of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.runs import Runs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import tags
from kpath.semantics.iam.context import UNCERTAIN
from kpath.semantics.iam.escalation.asking import Asker, Groups, Taken, given, meet
from kpath.semantics.iam.escalation.table import Kind, Need, Way
from kpath.semantics.iam.sets import Group, Names
from kpath.verdict import Allowed, Denied, Undecided, all_of

INSTANCES = "ec2_instances"
# More roles than this are not told one by one, since then nobody asks through what one comes to which.
_MANY = 64


class Reason(Struct, frozen=True):
    """The roles of some things, for the same reason: the first of the things that has the role says so."""

    because: Evidence
    names: Names


def existing(model: Model, asker: Asker, way: Way, kind: Kind) -> Iterator[Taken]:
    """The roles to which a way leads through things that are there."""
    there = running(model).get(kind.name, {})
    own = (kind.arn, kind.within)
    others = asker.picks(need for need in way.needs if need.resource not in own) if there else Denied()
    if isinstance(others, Denied):
        return
    if given(way) and not way.also:
        others = all_of(others, Undecided((), given(way)))
    for names, known in _alike(model, kind.name, way.also):
        groups: Groups = (Group(others, names),)
        for need in way.needs:
            if need.resource in own and groups:
                groups = meet(groups, _over(model, asker, need, names, kind, known))
        for group in groups:
            for reason in _roles(model, kind.name, way.also, group.names):
                yield Taken(way, all_of(group.verdict, Allowed(reason.because)), reason.names)


def _over(model: Model, asker: Asker, need: Need, names: Names, kind: Kind, known: tags.Known) -> Groups:
    """The things to which one may do something, or those in what one may do it to."""
    if need.resource == kind.arn:
        return asker.over(need.action, names, UNCERTAIN.over(dict(known)))
    places = _places(model, kind.name, names)
    return tuple(
        Group(group.verdict, frozenset[str]().union(*(places[name] for name in group.names)))
        for group in asker.over(need.action, _names(model, kind.name, names))
    )


@memoised
def _places(model: Model, kind: str, names: Names) -> Mapping[str, Names]:
    """What some things are in, each with those that are in it."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(running(model)[kind][name].within or "", set()).add(name)
    return {place: frozenset(inside) for place, inside in found.items()}


@memoised
def _names(model: Model, kind: str, names: Names) -> Names:
    return frozenset(_places(model, kind, names))


@memoised
def _alike(model: Model, kind: str, also: str) -> tuple[tuple[Names, tags.Known], ...]:
    """The things of a kind that have a field, by their tags."""
    found = running(model)[kind].items()
    held = {name: each.tags for name, each in found if not also or any(fact.at == also for fact in each.also)}
    return tuple(tags.alike(model, held))


@memoised
def _roles(model: Model, kind: str, also: str, names: Names) -> tuple[Reason, ...]:
    """The roles of some things, each with what says so."""
    first: dict[Ref, Runs] = {}
    for name in sorted(names):
        first.setdefault(running(model)[kind][name].role, running(model)[kind][name])
    if len(first) > _MANY:
        return (Reason((), frozenset(map(str, first))),)
    return tuple(
        Reason((*each.because, *(fact for fact in each.also if fact.at == also)), frozenset({str(role)}))
        for role, each in first.items()
    )


@memoised
def running(model: Model) -> Mapping[str, Mapping[str, Runs]]:
    """What runs as a role, by kind and ARN."""
    found: dict[str, dict[str, Runs]] = {}
    for ref, each in model.aws_resources.items():
        found.setdefault(each.kind, {})[str(ref)] = each
    found[INSTANCES] = dict(_instances(model))
    return found


def _instances(model: Model) -> Iterator[tuple[str, Runs]]:
    """The instances that have a role, by their profile."""
    for ref, instance in model.instances.items():
        if instance.iam_instance_profile is not None:
            arn = Ref(instance.iam_instance_profile.arn)
            profile = model.profiles.get(arn)
            held = {each.key: each.value for each in instance.tags or ()}
            for each in profile.roles[:1] if profile is not None else ():
                why = (Fact(ref, "/IamInstanceProfile/Arn", arn), Fact(arn, "/Roles/0/Arn", each.arn))
                yield str(ref), Runs(INSTANCES, Ref(each.arn), why, tags=held)
