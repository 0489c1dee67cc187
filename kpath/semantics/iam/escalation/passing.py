"""Who comes to a role through a service: by passing it, or through what already runs as it."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import account
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.escalation.asking import Asker, Taken, askers, given, meet, simplest
from kpath.semantics.iam.escalation.running import existing
from kpath.semantics.iam.escalation.table import Kind, Way, of_rule
from kpath.semantics.iam.escalation.targets import ANY_ROLE, runnable
from kpath.semantics.iam.services import called
from kpath.semantics.iam.sets import Group
from kpath.verdict import Allowed, Denied, Undecided, all_of

READS = account.READS | {"profiles", "instances", "aws_resources", "coverage"}


def passed(model: Model) -> Iterator[tuple[Ref, Taken]]:
    """Who can have something new run as a role that it passes."""
    for principal, (asker, actions) in askers(model).items():
        found: list[Taken] = []
        for way in of_rule("IAM_PASSROLE"):
            found += _passed(model, asker, way) if actions.issuperset(way.actions) else ()
        yield from ((principal, taken) for taken in simplest(found))


def _passed(model: Model, asker: Asker, way: Way) -> Iterator[Taken]:
    others = [need for need in way.needs if need.action != "iam:PassRole"]
    profiles = ANY_ROLE if "iam:AddRoleToInstanceProfile" in way.actions else ""
    roles = runnable(model).get((asker.principal.account, way.service + profiles), ())
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
            if way.runs is not None and actions.issuperset(way.actions):
                found += existing(model, asker, way, way.runs)
                found += _assumed(model, asker, way, way.runs) if way.runs.call not in model.coverage.listed else ()
        yield from ((principal, taken) for taken in simplest(found))


def _assumed(model: Model, asker: Asker, way: Way, kind: Kind) -> Iterator[Taken]:
    """Not all of what runs as a role was collected: any role that the service may have."""
    roles = runnable(model).get((asker.principal.account, way.service), ())
    changes = all_of(asker.picks(way.needs), _provided(way)) if roles else Denied()
    if isinstance(changes, Denied):
        return
    missing = kind.lists if kind.lists and kind.call in model.coverage.seen else kind.call
    runs = Undecided((), (Assumption(f"{kind.what} has the role", missing=missing),))
    for each in roles:
        yield Taken(way, all_of(changes, each.verdict, runs), each.names)


def _provided(way: Way) -> Allowed | Undecided:
    assumes = given(way)
    return Undecided((), assumes) if assumes else Allowed(())
