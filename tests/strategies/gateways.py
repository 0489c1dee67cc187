"""Gateways, their routes to Services, and the grants that these need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from strategies.words import SPACES, Json, chance, few, fields, item, one, optional

GROUP = "gateway.networking.k8s.io"
ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")
COMMON = (*["HTTPRoute"] * 8, *ROUTES)
CONTROLLERS = (
    "gateway.k8s.aws/alb", "gateway.k8s.aws/nlb", "application-networking.k8s.aws/gateway-api-controller",
    *["istio.io/gateway-controller"] * 2,
)  # fmt: skip
PARAMETERS = ({"kind": "LoadBalancerConfiguration", "name": "lb"}, {"kind": "ConfigMap", "name": "lb"})
ADDRESSES = (
    "a1b2.elb.eu-west-1.amazonaws.com", "c3d4.elb.eu-west-1.amazonaws.com", "k8s-a1b2.eu-west-1.elb.amazonaws.com",
    "internal-a1b2.elb.eu-west-1.amazonaws.com", "198.51.100.7", "192.168.1.7", "172.20.0.7",
)  # fmt: skip
TEAM = {"team": "web"}
SELECTORS = (*[{"matchLabels": TEAM}] * 4, {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, {})


def gateway_api(draw: st.DrawFn, documents: Sequence[Json]) -> Iterator[Json]:
    """A few objects of the Gateway API; most routes lead from a Gateway that is there to a Service that is there."""
    for name in few(draw, ("edge", "amazon-vpc-lattice"), 2):
        parameters = fields(optional(draw, "parametersRef", *PARAMETERS, percent=30))
        yield item("GatewayClass", name, spec={"controllerName": one(draw, *CONTROLLERS)} | parameters)
    listed = [each for each in documents if each.get("kind") == "Service"]
    leading = [each for each in listed if each["spec"].get("selector") == {"app": "web"}]
    services = [each["metadata"] for each in (leading or listed)]
    gateways = [gateway(draw, name, one(draw, *SPACES)) for name in few(draw, ("public", "inner"), 2, 1)]
    yield from gateways
    for number, kind in enumerate(few(draw, COMMON, 3, 1)):
        service, parent = one(draw, *services), one(draw, *gateways)["metadata"]
        space = one(draw, service["namespace"], service["namespace"], parent["namespace"], *SPACES)
        yield route(draw, item(kind, f"web-{number}", space), parent, service)
        if service["namespace"] != space and chance(draw, 70):
            yield grant(draw, f"to-{number}", kind, space, service)


def gateway(draw: st.DrawFn, name: str, space: str) -> Json:
    listeners = [listener(draw, number) for number in range(draw(st.integers(1, 2)))]
    spec: Json = {"gatewayClassName": one(draw, "edge", "edge", "amazon-vpc-lattice"), "listeners": listeners}
    if chance(draw, 25):
        spec["infrastructure"] = {"parametersRef": one(draw, *PARAMETERS)}
    addresses = [{"type": "Hostname", "value": one(draw, *ADDRESSES)} for _ in range(draw(st.integers(1, 2)))]
    status = fields(optional(draw, "status", *[{"addresses": addresses}] * 4, {}, percent=85))
    return item("Gateway", name, space, spec=spec, **status)


def listener(draw: st.DrawFn, number: int) -> Json:
    allowed = fields(optional(draw, "kinds", [{"kind": "HTTPRoute"}], [{"kind": "TCPRoute"}], percent=10))
    if chance(draw, 80):
        spaces: Json = {"from": one(draw, *["All"] * 5, *["Selector"] * 3, "Same", "None")}
        if spaces["from"] == "Selector":
            spaces["selector"] = one(draw, *SELECTORS)
        allowed["namespaces"] = spaces
    return {
        "name": f"l{number}", "port": one(draw, 80, 443),
        "protocol": one(draw, *["HTTP"] * 8, "HTTPS", "TLS", "TCP", "UDP", "example.com/own"),
        **fields(optional(draw, "hostname", "*.example.com", "shop.example.com", percent=15)),
        **({"allowedRoutes": allowed} if allowed else {}),
    }  # fmt: skip


HOSTS = ("*.example.com", "www.example.com", "*.shop.example.com", "shop.example.com", "example.org")


def route(draw: st.DrawFn, made: Json, parent: Json, service: Json) -> Json:
    """A route that names a Gateway and a Service, and others beside them."""
    space = made["metadata"]["namespace"]
    parents = [
        _named(draw, parent, space)
        | fields(
            optional(draw, "sectionName", "l0", "l1", percent=15),
            optional(draw, "port", 80, percent=10),
            optional(draw, "kind", "Gateway", "Service", percent=5),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    backends = [
        _named(draw, service, space)
        | fields(optional(draw, "kind", "Service", "Bucket", percent=10), optional(draw, "weight", 0, 1, percent=15))
        | {"port": 80}
        for _ in range(draw(st.integers(1, 2)))
    ]
    spec: Json = {"parentRefs": parents, "rules": [{"backendRefs": backends}]}
    if made["kind"] in ("HTTPRoute", "GRPCRoute") and chance(draw, 15):
        mirrored = {"type": "RequestMirror", "requestMirror": {"backendRef": backends.pop()}}
        spec["rules"][0]["filters"] = [{"type": "RequestHeaderModifier"}, mirrored]
    if made["kind"] != "TCPRoute" and chance(draw, 25):
        spec["hostnames"] = [one(draw, *HOSTS)]
    return made | {"spec": spec}


def _named(draw: st.DrawFn, meta: Json, space: str) -> Json:
    """A reference to an object; seldom one that leads nowhere."""
    found = {"name": meta["name"] if chance(draw, 90) else "web"}
    is_near = meta["namespace"] == space
    return found | ({} if (is_near and chance(draw, 70)) or chance(draw, 5) else {"namespace": meta["namespace"]})


def grant(draw: st.DrawFn, name: str, kind: str, space: str, service: Json) -> Json:
    giver = {"group": GROUP, "kind": one(draw, kind, kind, *COMMON), "namespace": one(draw, *[space] * 4, *SPACES)}
    taker = {"group": "", "kind": one(draw, *["Service"] * 4, "Secret")}
    taker |= fields(optional(draw, "name", service["name"], "db", percent=30))
    return item("ReferenceGrant", name, service["namespace"], spec={"from": [giver], "to": [taker]})
