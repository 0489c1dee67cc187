"""Who comes to a role through a service: by passing it, or through what already runs as it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import account
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.escalation.asking import Asker, Groups, Taken, askers, given, meet, simplest
from kpath.semantics.iam.escalation.table import Way, of_rule
from kpath.semantics.iam.escalation.targets import runnable
from kpath.semantics.iam.services import called
from kpath.semantics.iam.sets import Group
from kpath.verdict import Allowed, Denied, Undecided, all_of

READS = account.READS | {"profiles", "instances", "coverage"}
INSTANCES = "ec2 describe-instances"


def passed(model: Model) -> Iterator[tuple[Ref, Taken]]:
    """Who can have something new run as a role that it passes."""
    for principal, (asker, actions) in askers(model).items():
        found: list[Taken] = []
        for way in of_rule("IAM_PASSROLE"):
            found += _passed(model, asker, way) if actions.issuperset(way.actions) else ()
        yield from ((principal, taken) for taken in simplest(found))


def _passed(model: Model, asker: Asker, way: Way) -> Iterator[Taken]:
    others = [need for need in way.needs if need.action != "iam:PassRole"]
    roles = runnable(model).get((asker.principal.account, way.service), ())
    made = all_of(asker.picks(others), _provided(way)) if roles else Denied()
    if isinstance(made, Denied):
        return
    context = Context({"iam:passedtoservice": called(way.service, (asker.partition,))})
    for each in roles:
        for group in meet(asker.over("iam:PassRole", each.names, context), (Group(each.verdict, each.names),)):
            yield Taken(way, all_of(group.verdict, made), group.names)


def changed(model: Model) -> Iterator[tuple[Ref, Taken]]:
    """Who can change something that runs as a role."""
    for principal, (asker, actions) in askers(model).items():
        found: list[Taken] = []
        for way in of_rule("IAM_ROLE_OF_RESOURCE"):
            if actions.issuperset(way.actions):
                found += _instances(model, asker, way) if way.is_instance else ()
                found += _assumed(model, asker, way) if not _is_listed(model, way) else ()
        yield from ((principal, taken) for taken in simplest(found))


def _is_listed(model: Model, way: Way) -> bool:
    return way.is_instance and INSTANCES in model.coverage.listed


def _assumed(model: Model, asker: Asker, way: Way) -> Iterator[Taken]:
    """What runs as a role was not collected: any role that the service may have."""
    roles = runnable(model).get((asker.principal.account, way.service), ())
    changes = all_of(asker.picks(way.needs), _provided(way)) if roles else Denied()
    if way.runs is None or isinstance(changes, Denied):
        return
    runs = Undecided((), (Assumption(f"{way.runs.what} has the role", missing=way.runs.call),))
    for each in roles:
        yield Taken(way, all_of(changes, each.verdict, runs), each.names)


def _instances(model: Model, asker: Asker, way: Way) -> Iterator[Taken]:
    kind = "ec2:*:*:instance/*"
    others = all_of(asker.picks(need for need in way.needs if need.resource != kind), _provided(way))
    if isinstance(others, Denied):
        return
    there = frozenset(map(str, _roles_of_instances(model)))
    groups: Groups = (Group(others, there),)
    for need in way.needs:
        if need.resource == kind:
            groups = meet(groups, asker.over(need.action, there))
    for group in groups:
        first: dict[Ref, Evidence] = {}
        for name in sorted(group.names):
            role, why = _roles_of_instances(model)[Ref(name)]
            first.setdefault(role, why)
        for role, why in first.items():
            yield Taken(way, all_of(group.verdict, Allowed(why)), frozenset({str(role)}))


@memoised
def _roles_of_instances(model: Model) -> Mapping[Ref, tuple[Ref, Evidence]]:
    """The role of each instance that has one."""
    found: dict[Ref, tuple[Ref, Evidence]] = {}
    for ref, instance in model.instances.items():
        if instance.iam_instance_profile is not None:
            arn = Ref(instance.iam_instance_profile.arn)
            profile = model.profiles.get(arn)
            for each in profile.roles[:1] if profile is not None else ():
                why = (Fact(ref, "/IamInstanceProfile/Arn", arn), Fact(arn, "/Roles/0/Arn", each.arn))
                found[ref] = Ref(each.arn), why
    return found


def _provided(way: Way) -> Allowed | Undecided:
    assumes = given(way)
    return Undecided((), assumes) if assumes else Allowed(())
