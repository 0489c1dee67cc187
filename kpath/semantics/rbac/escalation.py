"""Roles that somebody may give to themselves: by binding them, or by rewriting them.

Source: Kubernetes documentation, Using RBAC Authorization, Privilege escalation prevention and bootstrapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.aggregate import owned_rules, roles
from kpath.semantics.rbac.bindings import Bound, Joint, assumed, bindings_of, joined_grants, stored
from kpath.semantics.rbac.match import Right
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS, members

RBAC = "rbac.authorization.k8s.io"


class Escalation(Struct, frozen=True):
    """Subjects that may come to hold `target`: `cluster-admin`, or `grant/NAMESPACE/ROLE`."""

    subjects: Refs
    target: Ref
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


def is_everything(model: Model, role: Ref) -> bool:
    """Whether a role allows every verb on every resource of every group."""
    return any(
        "*" in (each.rule.verbs or ()) and "*" in (each.rule.resources or ()) and "*" in (each.rule.api_groups or ())
        and not each.rule.resource_names
        for each in owned_rules(model).get(role, ())
    )  # fmt: skip


def held(model: Model, namespace: str | None, role: Ref) -> Ref:
    """What it is to hold a role in a namespace, or everywhere."""
    if namespace is None and is_everything(model, role):
        return CLUSTER_ADMIN
    return Ref(f"grant/{namespace or '*'}/{role}")


@memoised
def bindable(model: Model) -> tuple[Escalation, ...]:
    """Roles that somebody may bind to themselves, and those that these roles let them bind in turn."""
    return _closure(model)[1]


@memoised
def bound(model: Model) -> Mapping[Ref, tuple[Bound, ...]]:
    """Who is bound to each role, or would be, once they had bound it to themselves."""
    return _closure(model)[0]


Who = Mapping[Ref, tuple[Bound, ...]]


@memoised
def _closure(model: Model) -> tuple[Who, tuple[Escalation, ...]]:
    who, known = stored(model), frozenset[Ref]()
    while True:
        found = tuple(_bindable_by(model, who))
        targets = frozenset(each.target for each in found if each.target.kind == "grant")
        if targets <= known:
            return who, found
        known |= targets
        who = _joined(stored(model), sorted(known))


def _joined(held_roles: Who, targets: Iterable[Ref]) -> Who:
    """Bindings, and each `grant/…` as a subject that its role is bound to."""
    found = {role: list(each) for role, each in held_roles.items()}
    for target in targets:
        namespace, _, role = target.removeprefix("grant/").partition("/")
        because = (Fact(Ref(role), "/metadata/name", Ref(role).name),)
        found.setdefault(Ref(role), []).append(Bound(target, None if namespace == "*" else namespace, because))
    return {role_: tuple(each) for role_, each in found.items()}


def _bindable_by(model: Model, who: Who) -> tuple[Escalation, ...]:
    found: dict[Escalation, None] = {}
    for binding in ("clusterrolebindings", "rolebindings"):
        for verb in ("create", "update", "patch"):
            for kind in ("clusterroles", "roles"):
                for joint in joined_grants(model, who, Right(verb, binding, RBAC), Right("bind", kind, RBAC)):
                    for each in _bindable(model, joint, binding, verb, kind):
                        found[each] = None
    return tuple(found)


def _bindable(model: Model, joint: Joint, binding: str, verb: str, kind: str) -> Iterator[Escalation]:
    binds = joint.grants[1]
    if binding == "clusterrolebindings" and (kind == "roles" or binds.namespace is not None):
        return
    for namespace, role in _choices(model, joint, binding, verb, kind):
        if binds.names is None or role.name in binds.names:
            because = (*joint.because, Fact(role, "/metadata/name", role.name))
            doubts = (*joint.assumes, *assumed(model, role))
            target = held(model, namespace, role)
            gaining = _gaining(model, joint.subjects, namespace, target)
            if len(gaining):
                yield Escalation(gaining, target, because, doubts)


@memoised
def _roles_by_place(model: Model) -> Mapping[str | None, tuple[Ref, ...]]:
    """The Roles of each namespace, and the ClusterRoles under `None`."""
    found: dict[str | None, list[Ref]] = {}
    for ref in sorted(roles(model)):
        found.setdefault(ref.namespace or None, []).append(ref)
    return {place: tuple(each) for place, each in found.items()}


@memoised
def _everything(model: Model) -> frozenset[Ref]:
    return frozenset(ref for ref in roles(model) if is_everything(model, ref))


def _gaining(model: Model, subjects: Refs, namespace: str | None, target: Ref) -> Refs:
    """Some subjects without those that gain nothing: who holds the role already, or everything in its place."""
    for ref in (target, *(Ref(f"grant/{namespace or '*'}/{role}") for role in sorted(_everything(model)))):
        subjects = subjects.without(ref)
    return subjects


def _choices(model: Model, joint: Joint, binding: str, verb: str, kind: str) -> Iterator[tuple[str | None, Ref]]:
    """The scopes and roles that a binding written with these rights may join; of all of them, only the strongest."""
    writes, binds = joint.grants
    scopes: list[str | None] = [None]
    if binding == "rolebindings":
        scopes = [joint.namespace] if joint.namespace else [*sorted(model.spaces)]
    for namespace in scopes:
        if verb == "create" and writes.names is None:
            known = _roles_by_place(model).get(namespace if kind == "roles" else None, ())
            known = tuple(ref for ref in known if binds.names is None or ref.name in binds.names)
            strongest = [ref for ref in known if ref in _everything(model)][:1]
            yield from ((namespace, ref) for ref in strongest or known)
        elif verb != "create":
            for ref, role in bindings_of(model, namespace):
                fits = role.kind == kind.rstrip("s") and role in roles(model)
                if fits and (writes.names is None or ref.name in writes.names):
                    yield namespace, role


@memoised
def rewritable(model: Model) -> tuple[Escalation, ...]:
    """Roles that somebody is bound to and may rewrite as they like."""
    found: dict[Escalation, None] = {}
    for kind in ("clusterroles", "roles"):
        for verb in ("update", "patch"):
            for joint in joined_grants(model, bound(model), Right("escalate", kind, RBAC), Right(verb, kind, RBAC)):
                for each in _rewritable(model, joint, kind):
                    found[each] = None
    return tuple(found)


def _rewritten_in(model: Model, kind: str, namespace: str | None) -> Iterator[Ref]:
    """The roles that somebody is bound to and that a right on roles of a kind, in a namespace, extends to."""
    places = _roles_by_place(model)
    spaces: Iterable[str | None] = [None] if kind == "clusterroles" else [namespace] if namespace else [*places]
    for space in spaces:
        if (space is None) == (kind == "clusterroles"):
            yield from (role for role in places.get(space, ()) if role in bound(model))


def _rewritable(model: Model, joint: Joint, kind: str) -> Iterator[Escalation]:
    for role in _rewritten_in(model, kind, joint.namespace):
        if not all(each.names is None or role.name in each.names for each in joint.grants):
            continue
        for each in bound(model)[role]:
            both = joint.subjects & members(model, each.subject)
            if len(both) and each.subject not in (MASTERS, CLUSTER_ADMIN):
                target = CLUSTER_ADMIN if each.namespace is None else Ref(f"grant/{each.namespace}/*")
                gaining = _gaining(model, both, each.namespace, target)
                if len(gaining):
                    yield Escalation(gaining, target, (*joint.because, *each.because), joint.assumes)
