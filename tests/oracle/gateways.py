"""Catalogue, section 8: what Gateways and their routes open, object by object."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from oracle.containers import Pairs
from oracle.letting import by_proxy, let_in
from oracle.network import PRIVATE, behind, behind_address, reached
from oracle.world import Json, World

GROUP = "gateway.networking.k8s.io"
CARRIED = {
    "HTTPRoute": {"HTTP", "HTTPS"}, "GRPCRoute": {"HTTP", "HTTPS"}, "TLSRoute": {"TLS"}, "TCPRoute": {"TCP", "TLS"},
}  # fmt: skip


def steps(world: World) -> Pairs:
    """Step, source and target."""
    for kind in CARRIED:
        for space, _, route in world.all(kind):
            for home, name, gateway in world.all("Gateway"):
                if any(
                    _attaches(world, kind, space, route, each) for each in _named(space, route, home, name, gateway)
                ):
                    for where, service, port in _backends(world, kind, space, route):
                        for source in _sources(world, gateway):
                            ways = by_proxy(service, {"number": port})
                            pods = let_in(world, source, behind(world, where, service), ways)
                            yield from reached(world, "EXPOSE_INGRESS", source, pods)


def _named(space: str, route: Json, home: str, name: str, gateway: Json) -> Iterator[tuple[str, Json]]:
    """The listeners of a Gateway that a route names, each with where the Gateway is."""
    for parent in route["spec"].get("parentRefs") or ():
        if parent.get("group", GROUP) != GROUP or parent.get("kind", "Gateway") != "Gateway":
            continue
        if (parent.get("namespace", space), parent["name"]) == (home, name):
            for listener in gateway["spec"]["listeners"]:
                wanted = (parent.get("sectionName", listener["name"]), parent.get("port", listener["port"]))
                if wanted == (listener["name"], listener["port"]):
                    yield home, listener


def _attaches(world: World, kind: str, space: str, route: Json, found: tuple[str, Json]) -> bool:
    home, listener = found
    allowed = listener.get("allowedRoutes") or {}
    kinds = [each["kind"] for each in allowed.get("kinds") or ()]
    if kinds and kind not in kinds:
        return False
    # A protocol with a slash is a controller's own, and may carry anything.
    if "/" not in listener["protocol"] and listener["protocol"] not in CARRIED[kind]:
        return False
    hosts = route["spec"].get("hostnames")
    if hosts and listener.get("hostname") and not any(_same_host(listener["hostname"], host) for host in hosts):
        return False
    spaces = allowed.get("namespaces") or {}
    match spaces.get("from", "Same"):
        case "All":
            return True
        case "Same":
            return home == space
        case "Selector":
            return _may_have(world, space, spaces["selector"])
        case _:
            return False


def _same_host(one: str, other: str) -> bool:
    """Whether some host has both names, where a star stands for one label or more."""
    for wide, narrow in ((one, other), (other, one)):
        if wide[0] == "*" and narrow[-len(wide) + 1 :] == wide[1:] and len(narrow) >= len(wide):
            return True
    return one == other


def _may_have(world: World, space: str, selector: Json) -> bool:
    """Whether a namespace has, or for all that is known may have, the labels of a selector."""
    document = world.one("Namespace", "", space)
    for key, value in (selector.get("matchLabels") or {}).items():
        if key == "kubernetes.io/metadata.name":
            if value != space:
                return False
        elif document is not None and (document["metadata"].get("labels") or {}).get(key) != value:
            return False
    return True


def _backends(world: World, kind: str, space: str, route: Json) -> Iterator[tuple[str, Json, int | None]]:
    """The Services that a route may send something to, with their namespaces and the port."""
    for rule in route["spec"].get("rules") or ():
        mirrors = [each["requestMirror"]["backendRef"] for each in rule.get("filters") or () if "requestMirror" in each]
        for each in (rule.get("backendRefs") or []) + mirrors:
            where = each.get("namespace", space)
            service = world.one("Service", where, each["name"])
            if each.get("kind", "Service") != "Service" or each.get("weight", 1) == 0 or service is None:
                continue
            if where == space or _is_granted(world, kind, space, where, each["name"]):
                yield where, service, each.get("port")


def _is_granted(world: World, kind: str, space: str, where: str, name: str) -> bool:
    for home, _, grant in world.all("ReferenceGrant"):
        gives = {"group": GROUP, "kind": kind, "namespace": space} in grant["spec"]["from"]
        takes = [each for each in grant["spec"]["to"] if each["kind"] == "Service" and each["group"] == ""]
        if home == where and gives and any(each.get("name", name) == name for each in takes):
            return True
    return False


def _sources(world: World, gateway: Json) -> set[str]:
    addresses = [each["value"] for each in (gateway.get("status") or {}).get("addresses") or ()]
    return {source for address in addresses or [None] for source in _from_where(world, gateway, address)}


def _from_where(world: World, gateway: Json, address: str | None) -> set[str]:
    if address is not None:
        is_number = address.replace(".", "").isdigit()
        within = is_number and any(ip_address(address) in network for network in PRIVATE)
        of_service = any(each["spec"].get("clusterIP") == address for _, _, each in world.all("Service"))
        if address.startswith("internal-") or (within and not of_service):
            return {"vpc"}
    name = gateway["spec"]["gatewayClassName"]
    found = world.one("GatewayClass", "", name)
    controller = found["spec"]["controllerName"] if found else ""
    if controller == "application-networking.k8s.aws/gateway-api-controller" or (
        found is None and name == "amazon-vpc-lattice"
    ):
        return {"vpc"}
    if found is not None and controller in ("gateway.k8s.aws/alb", "gateway.k8s.aws/nlb"):
        own = (gateway["spec"].get("infrastructure") or {}).get("parametersRef") or {}
        common = found["spec"].get("parametersRef") or {}
        configured = "LoadBalancerConfiguration" in (own.get("kind"), common.get("kind"))
        return {"internet" if configured or ".elb.amazonaws.com" in (address or "") else "vpc"}
    return behind_address(world, [address] if address else [])
