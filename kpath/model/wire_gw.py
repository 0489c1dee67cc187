"""What we decode of the Gateway API; see `wire` for the other kinds."""

from __future__ import annotations

from msgspec import field

from kpath.model.wire import LabelSelector
from kpath.model.wire_pod import Named, Wire


class ParametersRef(Wire, frozen=True):
    kind: str | None = None


class GatewayClassSpec(Wire, frozen=True):
    controller_name: str | None = None
    parameters_ref: ParametersRef | None = None


class GatewayClass(Named, frozen=True):
    spec: GatewayClassSpec = GatewayClassSpec()


class RouteNamespaces(Wire, frozen=True):
    from_: str | None = field(default=None, name="from")
    selector: LabelSelector | None = None


class RouteKind(Wire, frozen=True):
    group: str | None = None
    kind: str = ""


class AllowedRoutes(Wire, frozen=True):
    namespaces: RouteNamespaces | None = None
    kinds: tuple[RouteKind, ...] | None = None


class Listener(Wire, frozen=True):
    name: str = ""
    port: int | None = None
    protocol: str | None = None
    hostname: str | None = None
    allowed_routes: AllowedRoutes | None = None


class Infrastructure(Wire, frozen=True):
    parameters_ref: ParametersRef | None = None


class GatewaySpec(Wire, frozen=True):
    gateway_class_name: str | None = None
    listeners: tuple[Listener, ...] | None = None
    infrastructure: Infrastructure | None = None


class GatewayAddress(Wire, frozen=True):
    value: str | None = None


class GatewayStatus(Wire, frozen=True):
    addresses: tuple[GatewayAddress, ...] | None = None


class Gateway(Named, frozen=True):
    spec: GatewaySpec = GatewaySpec()
    status: GatewayStatus | None = None


class ParentRef(Wire, frozen=True):
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str = ""
    section_name: str | None = None
    port: int | None = None


class BackendRef(Wire, frozen=True):
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str = ""
    port: int | None = None
    weight: int | None = None


class Mirror(Wire, frozen=True):
    backend_ref: BackendRef | None = None


class RouteFilter(Wire, frozen=True):
    request_mirror: Mirror | None = None


class RouteRule(Wire, frozen=True):
    backend_refs: tuple[BackendRef, ...] | None = None
    filters: tuple[RouteFilter, ...] | None = None


class RouteSpec(Wire, frozen=True):
    parent_refs: tuple[ParentRef, ...] | None = None
    hostnames: tuple[str, ...] | None = None
    rules: tuple[RouteRule, ...] | None = None


class Route(Named, frozen=True):
    """HTTPRoute, GRPCRoute, TLSRoute or TCPRoute."""

    spec: RouteSpec = RouteSpec()


class GrantFrom(Wire, frozen=True):
    group: str = ""
    kind: str = ""
    namespace: str = ""


class GrantTo(Wire, frozen=True):
    group: str = ""
    kind: str = ""
    name: str | None = None


class GrantSpec(Wire, frozen=True):
    from_: tuple[GrantFrom, ...] | None = field(default=None, name="from")
    to: tuple[GrantTo, ...] | None = None


class ReferenceGrant(Named, frozen=True):
    spec: GrantSpec = GrantSpec()
