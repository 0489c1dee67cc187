"""Who may what: every binding, role and rule that grants a right, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.evidence import Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac import aggregate, entries, escalation, universe
from kpath.semantics.rbac.access import POLICIES, access_grants
from kpath.semantics.rbac.bindings import Grant, Joint, by_rbac
from kpath.semantics.rbac.entries import attainable
from kpath.semantics.rbac.match import Right, match
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS, members

READS = aggregate.READS | universe.READS | entries.READS | {"access_policies"}

ALL = ("*", "*", "*")

# Subjects that are more than a few are those of a group that everybody is in.
_FEW = 8


def grants(model: Model, verb: str, resource: str, group: str = "") -> Iterator[Grant]:
    """Everyone who may do something, by RBAC, by an EKS access policy, or as an administrator.

    `resource` may name a subresource (`pods/exec`). A rule is one witness, so a
    subject may come more than once.
    """
    return iter(_grants(model, Right(verb, resource, group)))


@memoised
def _grants(model: Model, right: Right) -> tuple[Grant, ...]:
    return tuple(_granted(model, right))


def _granted(model: Model, right: Right) -> Iterator[Grant]:
    yield from by_rbac(model, escalation.bound(model), right)
    for subject in (MASTERS, CLUSTER_ADMIN):
        yield _as_administrator(model, subject)
    yield from _rewritten(model, right)
    yield from _by_access_policy(model, right)


def _rewritten(model: Model, right: Right) -> Iterator[Grant]:
    """Whoever may rewrite a role of a namespace has every right there."""
    for each in dict.fromkeys(each.target for each in escalation.rewritable(model) if each.target.kind == "grant"):
        namespace = each.removeprefix("grant/").partition("/")[0]
        if not right.is_cluster_scoped:
            because = (Fact(Ref(f"ns/{namespace}"), "/metadata/name", namespace),)
            yield Grant(each, members(model, each), namespace, None, because)


def _by_access_policy(model: Model, right: Right) -> Iterator[Grant]:
    for held, because in attainable(model):
        space, _, policy = held.removeprefix("grant/").partition("/")
        for rule in POLICIES[policy] if space == "*" or not right.is_cluster_scoped else ():
            if match(held, 0, rule, right) is not None:
                yield Grant(held, members(model, held), None if space == "*" else space, None, because)
    for each in access_grants(model):
        matched = match(each.because[0].of, 0, each.rule, right)
        if matched is not None and not (each.namespace and right.is_cluster_scoped):
            yield Grant(each.subject, members(model, each.subject), each.namespace, None, each.because, each.assumes)


def together(model: Model, *found: Iterable[Grant]) -> Iterator[Joint]:
    """Principals that have one of each of some grants, in scopes that meet.

    Whoever may do anything comes once, and does not multiply with the others.
    """
    lists = [_once(grants_) for grants_ in found]
    order = sorted(range(len(lists)), key=lambda index: len(lists[index]))
    joined: list[tuple[Refs, str | None, dict[int, Grant]]] = [
        (each.subjects, each.namespace, {order[0]: each}) for each in lists[order[0]]
    ]
    for index in order[1:]:
        near = _Near(lists[index])
        joined = [
            (both, namespace or each.namespace, {**held, index: each})
            for subjects, namespace, held in joined
            for each in near.those(subjects, namespace)
            if len(both := subjects & each.subjects)
        ]
    for subjects, _, held in joined:
        yield Joint(subjects, tuple(held[index] for index in range(len(lists))))
    for subject in (MASTERS, CLUSTER_ADMIN):
        grant = _as_administrator(model, subject)
        yield Joint(grant.subjects, (grant,) * len(lists))


def _once(found: Iterable[Grant]) -> list[Grant]:
    """Grants but those of administrators, without the twins that a rule for all verbs gives."""
    chosen = (each for each in found if each.subject not in (MASTERS, CLUSTER_ADMIN))
    return list({(each.subject, each.namespace, each.names, each.because): each for each in chosen}.values())


class _Near:
    """Grants by scope and by who has them, so that only those are looked at that can meet."""

    def __init__(self, found: Iterable[Grant]) -> None:
        self.places: dict[str | None, tuple[dict[int, list[Grant]], list[Grant], list[Grant]]] = {}
        for each in found:
            by_member, broad, every = self.places.setdefault(each.namespace, ({}, [], []))
            every.append(each)
            if len(each.subjects) > _FEW:
                broad.append(each)
            else:
                for number in each.subjects.ids.tolist():
                    by_member.setdefault(number, []).append(each)

    def those(self, subjects: Refs, namespace: str | None) -> Iterator[Grant]:
        """The grants whose scope meets a namespace and that may be in the hands of some subjects, each once."""
        scopes = self.places if namespace is None else dict.fromkeys((namespace, None))
        for scope in scopes:
            by_member, broad, every = self.places.get(scope, ({}, [], []))
            if len(subjects) > _FEW:
                yield from every
                continue
            yield from broad
            mine = (each for number in subjects.ids.tolist() for each in by_member.get(number, ()))
            yield from {id(each): each for each in mine}.values()


def _as_administrator(model: Model, subject: Ref) -> Grant:
    return Grant(subject, members(model, subject), None, None, (Fact(subject, "/metadata/name", subject.name),))


def administrators(model: Model) -> Iterator[Grant]:
    """Everyone who may do anything to anything, everywhere."""
    for grant in grants(model, *ALL):
        if grant.namespace is None and grant.names is None and grant.subject != CLUSTER_ADMIN:
            yield grant
