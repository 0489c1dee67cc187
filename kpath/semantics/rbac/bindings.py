"""What bindings grant: each subject, role and rule that gives a right, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.aggregate import Owned, owned_rules
from kpath.semantics.rbac.match import Match, Right, match
from kpath.semantics.rbac.universe import members, subject_ref


class Bound(Struct, frozen=True):
    """A subject that a binding gives a role, in a namespace or (`None`) in all of them."""

    subject: Ref
    namespace: str | None
    because: Evidence


class Grant(Struct, frozen=True):
    """A right that a subject has: where (`None`: everywhere), on which names (`None`: all), and why."""

    subject: Ref
    subjects: Refs
    namespace: str | None
    names: tuple[str, ...] | None
    because: Evidence
    assumes: tuple[Assumption, ...] = ()

    def includes(self, ref: Ref) -> bool:
        """Whether the right extends to an object."""
        return self.namespace in (None, ref.namespace) and (self.names is None or ref.name in self.names)


class Joint(Struct, frozen=True):
    """Several rights in the hands of one principal."""

    subjects: Refs
    grants: tuple[Grant, ...]

    @property
    def namespace(self) -> str | None:
        """The narrowest of the scopes."""
        return next((each.namespace for each in self.grants if each.namespace is not None), None)

    @property
    def because(self) -> Evidence:
        return tuple(dict.fromkeys(fact for each in self.grants for fact in each.because))

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        return tuple(dict.fromkeys(assumption for each in self.grants for assumption in each.assumes))


@memoised
def stored(model: Model) -> Mapping[Ref, tuple[Bound, ...]]:
    """Who is bound to each role by a binding. A binding to a role that does not exist is there, and grants nothing."""
    found: dict[Ref, list[Bound]] = {}
    for ref, binding in model.bindings.items():
        namespace = ref.namespace or None
        role = binding.role_ref
        if role.kind == "Role" and namespace is None:
            continue
        target = Ref(f"role/{namespace}/{role.name}" if role.kind == "Role" else f"clusterrole/{role.name}")
        for index, each in enumerate(binding.subjects or ()):
            subject = subject_ref(each.kind, each.name, each.namespace or ref.namespace)
            if subject is not None:
                because = (
                    Fact(ref, pointer("subjects", index, "name"), each.name),
                    Fact(ref, "/roleRef/name", role.name),
                )
                found.setdefault(target, []).append(Bound(subject, namespace, because))
    return {role_: tuple(each) for role_, each in found.items()}


@memoised
def _by_namespace(model: Model) -> Mapping[str | None, tuple[tuple[Ref, Ref], ...]]:
    found: dict[str | None, list[tuple[Ref, Ref]]] = {}
    for ref, binding in model.bindings.items():
        role = binding.role_ref
        place = f"role/{ref.namespace}" if role.kind == "Role" else "clusterrole"
        found.setdefault(ref.namespace or None, []).append((ref, Ref(f"{place}/{role.name}")))
    return {namespace: tuple(each) for namespace, each in found.items()}


def bindings_of(model: Model, namespace: str | None) -> tuple[tuple[Ref, Ref], ...]:
    """The bindings of a namespace, or the cluster-wide ones, each with its role."""
    return _by_namespace(model).get(namespace, ())


@memoised
def _index(model: Model) -> Mapping[str, tuple[tuple[Ref, Owned], ...]]:
    """The rules of every role by each resource they name."""
    found: dict[str, list[tuple[Ref, Owned]]] = {}
    for role, rules in owned_rules(model).items():
        for owned in rules:
            for resource in dict.fromkeys(owned.rule.resources or ()):
                found.setdefault(resource, []).append((role, owned))
    return {resource: tuple(each) for resource, each in found.items()}


def by_rbac(model: Model, who: Mapping[Ref, tuple[Bound, ...]], right: Right) -> Iterator[Grant]:
    seen: set[tuple[Ref, Ref, int]] = set()
    for spelling in right.spellings:
        for role, owned in _index(model).get(spelling, ()):
            key = (role, owned.of, owned.number)
            if role in who and key not in seen:
                seen.add(key)
                found = match(owned.of, owned.number, owned.rule, right)
                if found is not None:
                    yield from _granted(model, who[role], owned, found, right)


def _granted(model: Model, who: tuple[Bound, ...], owned: Owned, found: Match, right: Right) -> Iterator[Grant]:
    doubts = assumed(model, owned.of)
    for each in who:
        names = found.names
        if each.namespace is not None and right.is_cluster_scoped:
            # The one exception: a namespace is an object of its own namespace to the authorizer.
            if right.resource != "namespaces" or right.verb not in ("get", "patch", "update", "delete"):
                continue
            names = (each.namespace,) if names is None or each.namespace in names else ()
        because = (*each.because, *owned.because, *found.because)
        yield Grant(each.subject, members(model, each.subject), each.namespace, names, because, doubts)


def assumed(model: Model, role: Ref) -> tuple[Assumption, ...]:
    """What is assumed of a role that was not collected: that it is as Kubernetes makes it."""
    if role in model.roles:
        return ()
    what = f"{role} has the rules that Kubernetes gives it"
    return (Assumption(what, Confidence.MEDIUM, "clusterroles"),)


def joined_grants(model: Model, who: Mapping[Ref, tuple[Bound, ...]], first: Right, second: Right) -> Iterator[Joint]:
    """Principals that bindings give two rights together, by whatever roles and groups, in one scope."""
    places: dict[str | None, list[Grant]] = {}
    for grant in by_rbac(model, who, second):
        places.setdefault(grant.namespace, []).append(grant)
    for one in by_rbac(model, who, first):
        near = places if one.namespace is None else (one.namespace, None)
        for other in (each for place in near for each in places.get(place, ())):
            both = one.subjects & other.subjects
            if len(both):
                yield Joint(both, (one, other))
