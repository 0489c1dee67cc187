"""Which Services a route of the Gateway API leads to, and by which Gateways that take it up.

Source: Gateway API specification (v1.3): ParentReference, AllowedRoutes, BackendObjectReference, request mirrors,
ReferenceGrant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire import LabelSelector
from kpath.model.wire_gw import BackendRef, Gateway, Listener, ParentRef, ReferenceGrant, Route
from kpath.refs import Ref
from kpath.semantics.labels import selects
from kpath.semantics.workload.targets import Port
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of

READS = frozenset({"gateways", "routes", "reference_grants", "namespaces"})
GROUP = "gateway.networking.k8s.io"
# The routes that listeners of the protocols of the specification take; others are a controller's own.
PROTOCOLS = {
    "HTTP": ("httproute", "grpcroute"), "HTTPS": ("httproute", "grpcroute"),
    "TLS": ("tlsroute", "tcproute"), "TCP": ("tcproute",), "UDP": (),
}  # fmt: skip
NAME = "kubernetes.io/metadata.name"

LABELLED = Assumption("the namespace of the route has the labels that the Gateway asks for", missing="namespaces")
TAKEN = Assumption("a listener with a protocol of its controller's own takes such routes")


class Lead(Struct, frozen=True):
    """A Service that a route leads to, the port of it, and the Gateway that one comes by."""

    gateway: Ref
    service: Ref
    port: Port
    because: Evidence
    assumes: tuple[Assumption, ...]


def leads(model: Model, of: Ref, route: Route) -> Iterator[Lead]:
    """Everything that a route leads to, by each Gateway."""
    parents = list(_parents(model, of, route))
    for service, port, named in _backends(model, of, route) if parents else ():
        for gateway, verdict in parents:
            yield Lead(gateway, service, port, (*named, *verdict.because), verdict.assumes)


def _parents(model: Model, of: Ref, route: Route) -> Iterator[tuple[Ref, Verdict]]:
    """The Gateways that a route names and that take it up."""
    for index, parent in enumerate(route.spec.parent_refs or ()):
        group = GROUP if parent.group is None else parent.group
        ref = Ref(f"gateway/{parent.namespace or of.namespace}/{parent.name}")
        if (group, parent.kind or "Gateway") == (GROUP, "Gateway") and ref in model.gateways:
            named = Allowed((Fact(of, pointer("spec", "parentRefs", index, "name"), parent.name),))
            listeners = _listeners(model, of, route, parent, ref)
            verdict = all_of(named, any_of(*listeners))
            if not isinstance(verdict, Denied):
                yield ref, verdict


def _listeners(model: Model, of: Ref, route: Route, parent: ParentRef, gateway: Ref) -> Iterator[Verdict]:
    """Whether each listener of a Gateway takes a route up."""
    spec: Gateway = model.gateways[gateway]
    for number, each in enumerate(spec.spec.listeners or ()):
        is_meant = (parent.section_name or each.name, parent.port or each.port) == (each.name, each.port)
        if is_meant and _are_common(each.hostname, route.spec.hostnames or ()):
            yield all_of(_takes(each, of.kind), _lets_in(model, gateway, number, each, of.namespace))


def _takes(listener: Listener, kind: str) -> Verdict:
    """Whether a listener takes routes of a kind."""
    kinds = (listener.allowed_routes.kinds if listener.allowed_routes is not None else None) or ()
    if kinds and not any((each.group or GROUP, each.kind.lower()) == (GROUP, kind) for each in kinds):
        return Denied()
    if listener.protocol not in PROTOCOLS:
        return Allowed(()) if kinds else Undecided((), (TAKEN,))
    return Allowed(()) if kind in PROTOCOLS[listener.protocol] else Denied()


def _are_common(hostname: str | None, others: Sequence[str]) -> bool:
    """Whether a listener and a route have some name of a host in common; without any, they are for every host."""
    if not hostname or not others:
        return True
    return any(hostname == each or _covers(hostname, each) or _covers(each, hostname) for each in others)


def _covers(pattern: str, hostname: str) -> bool:
    return pattern.startswith("*.") and hostname.endswith(pattern[1:])


def _lets_in(model: Model, gateway: Ref, number: int, listener: Listener, namespace: str) -> Verdict:
    """Whether a listener takes up routes of a namespace: by default, of the Gateway's own."""
    allowed = listener.allowed_routes.namespaces if listener.allowed_routes is not None else None
    said = (allowed.from_ if allowed is not None else None) or "Same"
    at = pointer("spec", "listeners", number, "allowedRoutes", "namespaces", "from")
    because = (Fact(gateway, at, said),)
    if said == "Same":
        return Allowed(()) if namespace == gateway.namespace else Denied()
    if said == "All":
        return Allowed(because)
    if said != "Selector" or allowed is None or allowed.selector is None:
        return Denied(because)
    fits = _fits(model, namespace, allowed.selector)
    if fits is None:
        return Undecided(because, (LABELLED,))
    return Allowed(because) if fits else Denied(because)


def _fits(model: Model, namespace: str, selector: LabelSelector) -> bool | None:
    """Whether a namespace has certain labels; of one that was not collected, only the name is known."""
    found = model.namespaces.get(Ref(f"ns/{namespace}"))
    if found is not None:
        return selects(selector, {**(found.metadata.labels or {}), NAME: namespace})
    labels, expressions = selector.match_labels or {}, selector.match_expressions or ()
    known = LabelSelector(
        {key: value for key, value in labels.items() if key == NAME},
        tuple(each for each in expressions if each.key == NAME),
    )
    is_whole = {*labels, *(each.key for each in expressions)} <= {NAME}
    fits = selects(known, {NAME: namespace})
    return fits if is_whole or fits is False else None


def _backends(model: Model, of: Ref, route: Route) -> Iterator[tuple[Ref, Port, Evidence]]:
    """The Services that a route may send to, each with its port, and the fields that say so."""
    for at, each in _named(route):
        is_service = (each.group or "", each.kind or "Service") == ("", "Service")
        service = Ref(f"svc/{each.namespace or of.namespace}/{each.name}")
        granted = _granted(model, of, service)
        # A backend of no weight gets nothing.
        if is_service and each.weight != 0 and granted is not None:
            yield service, each.port, (Fact(of, f"{at}/name", each.name), *granted)


def _named(route: Route) -> Iterator[tuple[str, BackendRef]]:
    """The backends that rules name: those that answer, and those that get a copy of what comes in."""
    for number, rule in enumerate(route.spec.rules or ()):
        for index, each in enumerate(rule.backend_refs or ()):
            yield pointer("spec", "rules", number, "backendRefs", index), each
        for index, step in enumerate(rule.filters or ()):
            copied = step.request_mirror.backend_ref if step.request_mirror is not None else None
            if copied is not None:
                yield pointer("spec", "rules", number, "filters", index, "requestMirror", "backendRef"), copied


def _granted(model: Model, of: Ref, service: Ref) -> Evidence | None:
    """What lets a route send to a Service: nothing is needed in its own namespace, in another one a grant."""
    if service.namespace == of.namespace:
        return ()
    for ref, grant in _grants(model).get(service.namespace, ()):
        givers = (
            pointer("spec", "from", index, "namespace")
            for index, each in enumerate(grant.spec.from_ or ())
            if (each.group, each.kind.lower(), each.namespace) == (GROUP, of.kind, of.namespace)
        )
        takers = (
            pointer("spec", "to", index, "kind")
            for index, each in enumerate(grant.spec.to or ())
            if (each.group, each.kind) == ("", "Service") and each.name in (None, "", service.name)
        )
        giver, taker = next(givers, None), next(takers, None)
        if giver is not None and taker is not None:
            return Fact(ref, giver, of.namespace), Fact(ref, taker, "Service")
    return None


@memoised
def _grants(model: Model) -> Mapping[str, tuple[tuple[Ref, ReferenceGrant], ...]]:
    found: dict[str, list[tuple[Ref, ReferenceGrant]]] = {}
    for ref, grant in model.reference_grants.items():
        found.setdefault(ref.namespace, []).append((ref, grant))
    return {namespace: tuple(each) for namespace, each in found.items()}
