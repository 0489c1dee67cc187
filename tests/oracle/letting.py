"""Whose address pods see of what comes from outside, and which pods then let it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oracle.connections import PUBLIC, VPC, connections
from oracle.world import Json, Pod, World

LBC, ALB = "service.beta.kubernetes.io/aws-load-balancer-", "alb.ingress.kubernetes.io/"
AUTO = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
# Whose address is seen, and the port: its protocol and its number or name; no port is any.
Way = tuple[str, str, int | str | None]


def let_in(world: World, source: str, pods: Iterable[Pod], ways: Iterable[Way]) -> list[Pod]:
    """The pods that are reached in one of several ways."""
    listed = list(ways)
    return [pod for pod in pods if any(_lets(world, source, pod, *way) for way in listed)]


def _lets(world: World, source: str, pod: Pod, seen: str, protocol: str, port: int | str | None) -> bool:
    found = connections(world)
    if seen == "node":
        return True
    numbers = [port] if not isinstance(port, str) else list(_named(pod, protocol, port))
    asked = [(protocol, number) if number else ("", 0) for number in numbers]
    # The policies of the generator let in all of the internet or nothing of it.
    addresses = found.within(PUBLIC if seen == "client" and source == "internet" else VPC)
    if any(found.into(addresses, pod, *each) for each in asked):
        return True
    # A proxy may be any pod.
    return seen == "proxy" and any(found.between(other, pod, *each) for other in world.pods for each in asked)


def _named(pod: Pod, protocol: str, name: str) -> Iterator[int]:
    for container in [*(pod.spec.get("containers") or ()), *(pod.spec.get("initContainers") or ())]:
        for port in container.get("ports") or ():
            if port.get("name") == name and (port.get("protocol") or "TCP") == protocol:
                yield port["containerPort"]


def by_node(service: Json, *, only: str = "port") -> list[Way]:
    """By a port of every node."""
    seen = "client" if _is_local(service) else "node"
    return [(seen, *port) for port in _ports(service, only)] or [(seen, "TCP", None)]


def by_balancer(service: Json) -> list[Way]:
    """By the load balancer of a Service."""
    ports = _ports(service, "port")
    return [(_at_balancer(service, port[0]), *port) for port in ports] or [(_at_balancer(service, "TCP"), "TCP", None)]


def _at_balancer(service: Json, protocol: str) -> str:
    notes, spec = service["metadata"].get("annotations") or {}, service["spec"]
    chosen, kind = spec.get("loadBalancerClass"), notes.get(f"{LBC}type")
    plain = "client" if _is_local(service) else "node"
    hidden = "balancer" if _is_local(service) else "node"
    if chosen and chosen not in AUTO:
        return plain
    if not chosen and kind not in ("external", "nlb-ip"):
        return plain if kind == "nlb" else hidden
    kept = "preserve_client_ip.enabled=true" in notes.get(f"{LBC}target-group-attributes", "")
    lost = "preserve_client_ip.enabled=false" in notes.get(f"{LBC}target-group-attributes", "")
    target = notes.get(f"{LBC}nlb-target-type") or ("ip" if chosen == AUTO[1] else "instance")
    if kind == "nlb-ip" or target == "ip":
        return "client" if protocol == "UDP" or kept else "balancer"
    return plain if protocol == "UDP" or not lost else hidden


def by_alb(service: Json, ingress: Json, port: Json, controller: str | None) -> list[Way]:
    """By the ALB of an Ingress; of Auto Mode it is not known whether it leads to nodes."""
    key = f"{ALB}target-type"
    kinds = [(each["metadata"].get("annotations") or {}).get(key) for each in (service, ingress)]
    kind = kinds[0] or kinds[1]
    seen = "balancer" if kind == "ip" or _is_local(service) else "node"
    return by_proxy(service, port, "proxy" if not kind and controller == "eks.amazonaws.com/alb" else seen)


def by_proxy(service: Json, port: Json | None, seen: str = "proxy") -> list[Way]:
    """To one port of a Service, or to all that it has."""
    wanted = (port or {}).get("number") or (port or {}).get("name")
    listed = [each for each in service["spec"].get("ports") or () if wanted in (each.get("port"), each.get("name"))]
    found = list(_targets(listed if wanted and listed else service["spec"].get("ports") or ()))
    return [(seen, *each) for each in found] or [(seen, "TCP", None)]


def _ports(service: Json, only: str) -> list[tuple[str, int | str]]:
    return list(_targets(each for each in service["spec"].get("ports") or () if each.get(only)))


def _targets(ports: Iterable[Json]) -> Iterator[tuple[str, int | str]]:
    for each in ports:
        yield each.get("protocol") or "TCP", each.get("targetPort") or each["port"]


def _is_local(service: Json) -> bool:
    return bool(service["spec"].get("externalTrafficPolicy") == "Local")
