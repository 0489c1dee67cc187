"""Calico's own policies and tiers (section 5), with those of Kubernetes in their places."""

from __future__ import annotations

from . import admin, kubernetes
from .entities import entity, objects, resolves
from .expressions import Thing, holds
from .fields import CALICO, is_strange
from .tiers import Policy, Rule, Tier
from .unknowns import Json, Truth, every, negated, some
from .world import Connection, World, namespace

GROUPS = ("projectcalico.org", "crd.projectcalico.org")
LAST = float("inf")
ORDERS = {"kube-admin": 1000.0, "default": 1000000.0, "kube-baseline": 10000000.0}
NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP"}
PROTOCOLS = (*NUMBERS.values(), "ICMP", "ICMPv6", "UDPLite")


def tiers(connection: Connection, direction: str) -> list[Tier]:
    found: dict[str, list[Policy]] = {
        "kube-admin": admin.policies(connection, direction, "Admin"),
        "default": kubernetes.policies(connection, direction),
        "kube-baseline": admin.policies(connection, direction, "Baseline"),
    }
    for document in _documents(connection.world):
        if direction in types(document["spec"]) and _may_apply(document, connection, direction):
            policies = found.setdefault(document["spec"].get("tier") or "default", [])
            applies = _applies(document, connection, direction)
            policies.append(policy(document, connection, direction, applies=applies))
    documents = {each["metadata"]["name"]: each for each in connection.world.of("Tier", *GROUPS)}
    ordered = sorted(found, key=lambda name: (order(name, documents), name))
    return [Tier(found[name], otherwise(name, documents)) for name in ordered]


def _documents(world: World) -> list[Json]:
    """CAL-28: staged policies are of other kinds."""
    return world.of("NetworkPolicy", *GROUPS) + world.of("GlobalNetworkPolicy", *GROUPS)


def order(name: str, documents: dict[str, Json]) -> float:
    stored = (documents.get(name, {}).get("spec") or {}).get("order")
    return ORDERS.get(name, LAST) if stored is None else stored


def otherwise(name: str, documents: dict[str, Json]) -> str:
    """CAL-11, CAL-13; what Calico makes of the Kubernetes tiers denies nothing by itself (CNP-07)."""
    stored = (documents.get(name, {}).get("spec") or {}).get("defaultAction")
    return "Pass" if stored == "Pass" or name in ("kube-admin", "kube-baseline") else "Deny"


def types(spec: Json) -> list[str]:
    """CAL-04, CAL-05."""
    if spec.get("types"):
        return spec["types"]
    if spec.get("egress"):
        return ["Ingress", "Egress"] if spec.get("ingress") else ["Egress"]
    return ["Ingress"]


def policy(document: Json, connection: Connection, direction: str, *, applies: Truth) -> Policy:
    spec = document["spec"]
    rules = [_rule(rule, document, connection) for rule in spec.get(direction.lower()) or []]
    place = LAST if spec.get("order") is None else spec["order"]
    return Policy((place, document["metadata"]["name"]), applies, rules)


def _may_apply(document: Json, connection: Connection, direction: str) -> bool:
    own = namespace(connection.subject(direction).pod)
    return document["kind"] == "GlobalNetworkPolicy" or namespace(document) == own


def _applies(document: Json, connection: Connection, direction: str) -> Truth:
    """CAL-27, CAL-36."""
    spec, world, pod = document["spec"], connection.world, connection.subject(direction).pod
    own = objects(connection.subject(direction), world)[0]
    parts = [
        holds(spec.get("selector"), Thing(own.labels)),
        None if is_strange(document, CALICO[document["kind"]]) else True,
    ]
    if spec.get("serviceAccountSelector"):
        parts.append(holds(spec["serviceAccountSelector"], Thing(own.account_labels(world))))
    if spec.get("namespaceSelector"):
        here = world.namespace_labels(namespace(pod), **{"projectcalico.org/name": namespace(pod)})
        parts.append(holds(spec["namespaceSelector"], Thing(here)))
    return every(parts)


def _rule(rule: Json, document: Json, connection: Connection) -> Rule:
    action = rule.get("action", "")
    space = namespace(document) if document["kind"] == "NetworkPolicy" else None
    parts = [
        _protocol(rule, connection.protocol),
        _family(rule, connection),
        entity(rule.get("source") or {}, connection.source, connection, space),
        entity(rule.get("destination") or {}, connection.destination, connection, space),
        _source_ports(rule, action),
        _destination_ports(rule, connection),
        None if rule.get("http") and action != "Allow" else True,  # CAL-41
    ]
    return action, every(parts)


def _protocol(rule: Json, protocol: str) -> Truth:
    """CAL-23, CAL-34."""
    if rule.get("icmp") or rule.get("notICMP"):
        return False
    parts = [_is(rule["protocol"], protocol)] if rule.get("protocol") is not None else []
    if rule.get("notProtocol") is not None:
        parts.append(negated(_is(rule["notProtocol"], protocol)))
    return every(parts)


def _is(named: object, protocol: str) -> Truth:
    if isinstance(named, str) and named.isdigit():
        named = int(named)
    name = NUMBERS.get(named, named) if isinstance(named, int) else named
    return name == protocol if isinstance(name, int) or name in PROTOCOLS else None


def _family(rule: Json, connection: Connection) -> Truth:
    if rule.get("ipVersion") is None:
        return True
    address = connection.destination.address or connection.source.address
    return None if address is None else address.version == rule["ipVersion"]


def _has_ports(rule: Json, end: str) -> bool:
    return any((rule.get(end) or {}).get(key) for key in ("ports", "notPorts"))


def _names_protocol(rule: Json) -> bool:
    return any(_is(rule.get("protocol"), each) for each in NUMBERS.values())


def _source_ports(rule: Json, action: str) -> Truth:
    """CAL-40: the sender chooses, and chooses what serves it."""
    if not _has_ports(rule, "source"):
        return True
    if not _names_protocol(rule):
        return None
    return {"Allow": True, "Deny": False}.get(action)


def _destination_ports(rule: Json, connection: Connection) -> Truth:
    """CAL-22. Ports need a protocol that has them, or Calico refuses the rule."""
    if not _has_ports(rule, "destination"):
        return True
    wanted = rule["destination"]
    parts: list[Truth] = [True if _names_protocol(rule) else None]
    if wanted.get("ports"):
        parts.append(_any_port(wanted["ports"], connection))
    if wanted.get("notPorts"):
        parts.append(negated(_any_port(wanted["notPorts"], connection)))
    return every(parts)


def _any_port(entries: list[object], connection: Connection) -> Truth:
    return some(_port(str(each), connection) for each in entries)


def _port(entry: str, connection: Connection) -> Truth:
    first, _, last = entry.partition(":")
    if not first.isdigit():
        return resolves(entry, connection) or kubernetes.resolves(entry, connection, connection.destination)
    last = last or first
    if ":" in entry and not entry.split(":")[1]:
        return None
    if not last.isdigit() or not 0 <= int(first) <= int(last) <= 65535:
        return None
    return int(first) <= connection.port <= int(last)
