"""HostEndpoints of Calico: what its policies say of a node's own traffic (HEP-01 and on)."""

from __future__ import annotations

from dataclasses import replace

from . import calico
from .entities import GROUPS, hosts, ports_of
from .expressions import Thing, holds
from .fields import CALICO, HOST, is_strange
from .selectors import Labels
from .tiers import Policy, Tier, decided
from .unknowns import Json, Truth, every
from .world import Connection, World, labels

OPEN = "projectcalico-default-allow"
FAILSAFE = {
    "Ingress": [("TCP", 22), ("UDP", 68)],
    "Egress": [("UDP", 53), ("UDP", 67)],
}
ALWAYS = (179, 2379, 2380, 5473, 6443, 6666, 6667)
EARLY = ("doNotTrack", "preDNAT")
EVERYTHING = {"Allow", "Deny"}


def outcomes(link: Connection, direction: str) -> set[str]:
    """Of a node, or of a pod on its network."""
    subject, world = link.subject(direction), link.world
    held = hosts(world, subject.node) if subject.node else []
    if subject.node is None and any(not _is_idle(each, world) for each in hosts(world)):
        # HEP-09: it may come to any node.
        return {"Allow"} if _is_failsafe(link, direction) else EVERYTHING
    if all(_is_idle(each, world) for each in held) or _is_failsafe(link, direction):  # HEP-01, HEP-03
        return {"Allow"}
    beside = _is_beside(link, direction)
    if beside and (direction == "Egress" or link.peer(direction).kind != "pod"):  # HEP-05
        return {"Allow"}
    if len(held) > 1 or is_faulty(held[0]):  # HEP-09
        return EVERYTHING
    found = decided(tiers(link, direction, held[0]), _last(held[0]))
    # HEP-06, HEP-08
    return found if beside is False and held[0]["spec"].get("interfaceName") == "*" else found | {"Allow"}


def is_faulty(document: Json) -> bool:
    spec = document.get("spec") or {}
    return is_strange(document, HOST) or not spec.get("node")


def _is_failsafe(link: Connection, direction: str) -> bool:
    asked = (link.protocol, link.port)
    return asked in FAILSAFE[direction] or (link.protocol == "TCP" and link.port in ALWAYS)


def _is_beside(link: Connection, direction: str) -> Truth:
    """Whether the peer is on the node, or is the node."""
    own, peer = link.subject(direction), link.peer(direction)
    if peer.kind == "address":
        return False
    return own.node == peer.node if own.node and peer.node else None


def _is_idle(document: Json, world: World) -> bool:
    """Lets everything through: no policy is about it, and its profile opens it."""
    chosen = any(_applies(each, document) is not False for each in world.of("GlobalNetworkPolicy", *GROUPS))
    return _last(document) == {"Allow"} and not chosen and not is_faulty(document) and not ports_of(document)


def _last(document: Json) -> set[str]:
    """HEP-02: without a profile it is closed; what another profile than the open one says is not told."""
    profiles = (document.get("spec") or {}).get("profiles") or []
    if not profiles:
        return {"Deny"}
    return {"Allow"} if profiles[0] == OPEN else EVERYTHING


def tiers(link: Connection, direction: str, document: Json) -> list[Tier]:
    """Those of pods, as far as their policies choose the HostEndpoint; before them what comes before all others."""
    first: list[Policy] = []
    found: dict[str, list[Policy]] = {}
    documents = {each["metadata"]["name"]: each for each in link.world.of("Tier", *GROUPS)}
    for policy in link.world.of("GlobalNetworkPolicy", *GROUPS):
        spec = policy["spec"]
        applies = _applies(policy, document)
        if direction not in calico.types(spec) or applies is False:
            continue
        told = calico.policy(policy, link, direction, applies=applies)
        if any(spec.get(each) for each in EARLY):  # HEP-07
            first.append(replace(told, applies=None))
        else:
            found.setdefault(spec.get("tier") or "default", []).append(told)
    ordered = sorted(found, key=lambda name: (calico.order(name, documents), name))
    return [Tier(first), *(Tier(found[name], calico.otherwise(name, documents)) for name in ordered)]


def _applies(policy: Json, document: Json) -> Truth:
    """HEP-04: chosen by its labels; whether one that asks for namespaces or accounts is, may be."""
    spec = policy["spec"]
    own = Thing(Labels(labels(document)), is_global=True)
    parts = [holds(spec.get("selector"), own), None if is_strange(policy, CALICO["GlobalNetworkPolicy"]) else True]
    for key, text in ((key, spec.get(key)) for key in ("namespaceSelector", "serviceAccountSelector")):
        if text:
            text = text.replace("all()", "!global()") if key == "namespaceSelector" else text
            parts += [None, holds(text, Thing(Labels({}), is_global=True))]
    return every(parts)
