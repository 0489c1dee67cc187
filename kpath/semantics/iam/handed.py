"""Which roles interceptors of the metadata service give to which pods, and could give to pods of a namespace.

Source: the documentation of kube2iam and of kiam (annotations of pods and namespaces).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, Assumption, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import IAM_ROLE
from kpath.refs import Ref
from kpath.semantics.iam import interceptors
from kpath.semantics.iam.interceptors import Way, arn, default, first_ways, obtained, taken, together, ways
from kpath.semantics.netpol import ends
from kpath.semantics.netpol.ends import to_metadata
from kpath.semantics.workload import rolepatterns
from kpath.semantics.workload.commands import flag, switched_on
from kpath.semantics.workload.controllers import first_pod, of_pod, version
from kpath.semantics.workload.interceptors import KIAM, KUBE2IAM, servers
from kpath.semantics.workload.places import ANYWHERE, Place, standing
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = interceptors.READS | ends.READS

ANNOTATION = Fact(SOURCE, pointer("metadata", "annotations", IAM_ROLE), None)
PERMITTED, ALLOWED = "iam.amazonaws.com/permitted", "iam.amazonaws.com/allowed-roles"
# What lets a namespace have every role, as each product reads it.
EVERY_ROLE = {KUBE2IAM: '["arn:*"]', KIAM: ".*"}
# From this version on, kiam takes an expression for the whole name.
_STRICT = (4, 0, 0)


class Given(Struct, frozen=True):
    """Pods that get a role by asking where the metadata service is, why, and what that assumes."""

    pods: Refs
    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


class Offer(Struct, frozen=True):
    """Roles that whoever makes pods of a namespace may have them get; facts of each role are facts of `TARGET`."""

    roles: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


@memoised
def given(model: Model, product: str) -> tuple[Given, ...]:
    """The pods that get a role, node by node."""
    return tuple(_given(model, product)) if ways(model, product) else ()


def _given(model: Model, product: str) -> Iterator[Given]:
    asked = sorted({(each.namespace, each.spec.iam_role or "") for each in model.pods.classes})
    for through in to_metadata(model):
        for space, text in asked:
            for place in standing(model, _asking(model, through.pods, space, text), through.verdict):
                for way in ways(model, product).get(place.node.name, ()):
                    yield from _answered(model, way, place, space, text)


def _asking(model: Model, among: Refs, space: str, text: str) -> Refs:
    """The ordinary pods of a namespace that ask for a role by this name."""

    def asks(each: PodClass) -> bool:
        return (each.namespace, each.spec.iam_role or "") == (space, text) and not each.spec.host_network

    return model.pods.those(among, asks)[0]


def _answered(model: Model, way: Way, place: Place, space: str, text: str) -> Iterator[Given]:
    """What pods of a namespace get that ask for a role by a name, or for none."""
    role, said = arn(way.acting.base, text), asking(text)
    if not text and (fallen := default(way)) is not None:
        role, said = fallen[0], _of_agent(model, way, fallen[1])
    if role is None:
        return
    by = anywhere(way) if ANYWHERE in place.assumes else way.verdict
    verdict = all_of(by, permitted(model, way, space, role, (text,)), taken(model, way.acting, role))
    if not isinstance(verdict, Denied):
        because = tuple(dict.fromkeys((*said, *place.because, *verdict.because)))
        yield Given(place.pods, role, because, tuple(dict.fromkeys((*place.assumes, *verdict.assumes))))


def _of_agent(model: Model, way: Way, because: Evidence) -> Evidence:
    return of_pod(model, first_pod(model, way.agent.pods), because)


def anywhere(way: Way) -> Verdict:
    """Why agents hand out roles to pods that may come to where one is; of kiam it does not matter where that is."""
    if way.product == KUBE2IAM:
        return way.verdict
    because = tuple(fact for fact in way.because if fact.at != "/spec/nodeName" or fact in way.acting.because)
    return Undecided(because, way.assumes) if way.assumes else Allowed(because)


def asking(text: str) -> Evidence:
    """The annotation by which a pod asks for a role."""
    return (replace(ANNOTATION, value=text),)


def permitted(model: Model, way: Way, space: str, role: Ref, texts: Sequence[str]) -> Verdict:
    """Whether pods of a namespace may have a role that they name in one of some ways."""
    vantage = way.agent.vantage
    if way.product == KIAM:
        return _annotated(model, space, PERMITTED, role, lambda said: _by_expression(model, way, said, texts))
    if not switched_on(vantage, "--namespace-restrictions"):
        return Allowed(())
    fallen = default(way)
    if fallen is not None and fallen[0] == role:
        return Allowed(_of_agent(model, way, fallen[1]))
    told = flag(vantage, "--namespace-restriction-format")
    is_expression = told is not None and told[0].lower() == "regexp"
    key = namespace_key(way)
    return _annotated(model, space, key, role, lambda said: _by_list(way, said, role, is_expression=is_expression))


def namespace_key(way: Way) -> str:
    """The annotation by which namespaces say which roles their pods may have."""
    told = flag(way.agent.vantage, "--namespace-key") if way.product == KUBE2IAM else None
    return (told[0] if told is not None else ALLOWED) if way.product == KUBE2IAM else PERMITTED


def is_restricted(way: Way) -> bool:
    """Whether namespaces have a say in the roles of their pods."""
    return way.product == KIAM or bool(switched_on(way.agent.vantage, "--namespace-restrictions"))


def _annotated(model: Model, space: str, key: str, role: Ref, test: Callable[[str], bool | None]) -> Verdict:
    """What a namespace's annotation decides; one that is not there permits nothing."""
    stored = model.namespaces.get(Ref(f"ns/{space}"))
    if stored is None:
        return Undecided((), (Assumption(f"ns/{space} permits {role}", missing="namespaces"),))
    said = (stored.metadata.annotations or {}).get(key)
    because = (Fact(Ref(f"ns/{space}"), pointer("metadata", "annotations", key), said),)
    found = test(said) if said else False
    if found is None:
        return Undecided(because, (Assumption(f"{role} is meant by {said!r} of ns/{space}"),))
    return Allowed(because) if found else Denied(because)


def _by_list(way: Way, said: str, role: Ref, *, is_expression: bool) -> bool | None:
    """Whether one of the patterns of kube2iam means a role; they are put after the base like names."""
    patterns = [arn(way.acting.base, each) or "" for each in rolepatterns.listed(said)]
    if not is_expression:
        return any(rolepatterns.glob(each, role) for each in patterns)
    return _any(rolepatterns.found(each, (role,)) for each in patterns)


def _by_expression(model: Model, way: Way, said: str, texts: Sequence[str]) -> bool | None:
    """Whether the expression of kiam means a name; how much of it, that depends on the version of its server."""
    if (strictly := rolepatterns.found(said, texts, whole=True)) is not False:
        return strictly
    loosely = rolepatterns.found(said, texts)
    known = [version(each.image) for each in servers(model)]
    if any(switched_on(each.vantage, "--disable-strict-namespace-regexp") for each in servers(model)):
        return loosely
    if not known or None in known:
        return None if loosely else loosely
    return loosely and any(each is not None and each < _STRICT for each in known)


def _any(found: Iterable[bool | None]) -> bool | None:
    """Whether one is so; `None` where one may be."""
    seen = list(found)
    return True if True in seen else None if None in seen else False


@memoised
def offers(model: Model, product: str) -> Mapping[str | None, tuple[Offer, ...]]:
    """What pods of each namespace may be given; under `None`, what those of all of them may."""
    found: dict[str | None, list[Offer]] = {}
    for way in first_ways(model, product):
        roles = obtained(model, way, _named(model, way))
        for space in sorted(model.spaces) if is_restricted(way) else [None]:
            found.setdefault(space, []).extend(_offered(model, way, space, roles))
    return {space: tuple(each) for space, each in found.items()}


def _named(model: Model, way: Way) -> frozenset[Ref]:
    """The roles that pods ask for by name, as these agents understand the names, and their default role."""
    texts = {each.spec.iam_role for each in model.pods.classes if each.spec.iam_role}
    fallen = default(way)
    found = {arn(way.acting.base, text) for text in texts} | {fallen[0] if fallen is not None else None}
    return frozenset(each for each in found if each is not None)


def _offered(model: Model, way: Way, space: str | None, roles: Mapping[Ref, Verdict]) -> Iterator[Offer]:
    """Roles that pods of a namespace may have, together if they are for the same reasons."""
    possible: dict[Ref, Verdict] = {}
    for role, verdict in roles.items():
        allowed = permitted(model, way, space, role, names_of(way, role)) if space is not None else Allowed(())
        found = all_of(anywhere(way), allowed, verdict)
        if not isinstance(found, Denied):
            possible[role] = found
    for members, found in together(possible):
        yield Offer(model.names.refs(members), found.because, found.assumes)


def names_of(way: Way, role: Ref) -> tuple[str, ...]:
    """The names by which a pod may ask for a role."""
    base = way.acting.base
    return (role, role.removeprefix(base)) if base and role.startswith(base) else (role,)


def offered_in(model: Model, product: str, space: str | None) -> Iterator[Offer]:
    """What may be given to pods of a namespace, or (`None`) of whichever is wanted."""
    found = offers(model, product)
    for key in found if space is None else (None, space):
        yield from found.get(key, ())


@memoised
def catchable(model: Model, product: str) -> Refs:
    """The ordinary pods that are, or may come to be, on a node where a product answers them."""
    everyone = model.pods.of(each for each in model.pods.classes if not each.spec.host_network)
    found = model.names.refs(())
    for number, pods, _ in model.pods.per_node(everyone):
        if model.nodes[number].name in ways(model, product):
            found = found | pods
    return found


@memoised
def namespace_keys(model: Model) -> Mapping[str, str]:
    """The annotations by which namespaces restrict roles, each with what lets every role be had."""
    found = [way for product in (KUBE2IAM, KIAM) for way in first_ways(model, product) if is_restricted(way)]
    return {namespace_key(way): EVERY_ROLE[way.product] for way in found}
