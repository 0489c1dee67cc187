"""HostEndpoints of Calico: what policies say of what nodes themselves, and pods on their network, send and receive.

Source: Calico's reference, HostEndpoint, Failsafe rules, Summary of host endpoint policies; for what a pod sends to
its own node, Felix (`rules/static.go`): there its egress policies count and `defaultEndpointToHostAction`, which is
Drop unless set, and which Calico's manifests and its operator set to Accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct

from kpath.model.tables import Node
from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import at_node, number
from kpath.semantics.netpol.calico_sets import NetSet
from kpath.semantics.netpol.homes import ANYWHERE, Home
from kpath.semantics.netpol.policy import EGRESS, INGRESS, Fault, Tier
from kpath.semantics.netpol.ports import PROTOCOLS, Span
from kpath.semantics.netpol.reader import Reader
from kpath.semantics.netpol.terms import Labels, Party

EVERYWHERE = "*"
# The profile that lets everything through; what others say is in no snapshot.
OPEN = "projectcalico-default-allow"
# What no policy closes, unless FelixConfiguration says otherwise.
_BOTH = (179, 2379, 2380, 5473, 6443, 6666, 6667)
FAILSAFE = {
    INGRESS: (Span("TCP", 22, 22), Span("UDP", 68, 68), *(Span("TCP", each, each) for each in _BOTH)),
    EGRESS: (Span("UDP", 53, 53), Span("UDP", 67, 67), *(Span("TCP", each, each) for each in _BOTH)),
}


class HostEndpoint(Struct, frozen=True):
    """What holds a node, and what selectors of rules pick: its addresses by its labels."""

    home: Home
    picked: NetSet


def endpoints(found: Mapping[Ref, NetworkPolicy], faults: list[Fault]) -> tuple[HostEndpoint, ...]:
    return tuple(_endpoint(ref, found[ref], faults) for ref in sorted(found))


def _endpoint(ref: Ref, data: NetworkPolicy, faults: list[Fault]) -> HostEndpoint:
    reader = Reader(ref, faults)
    before = reader.count
    spec = reader.document(data.spec, "node interfaceName expectedIPs profiles ports")
    node = reader.text(spec.get("node"), "/spec/node") or ""
    if not node:
        reader.fault("/spec/node", "is not set")
    whole = reader.text(spec.get("interfaceName"), "/spec/interfaceName") == EVERYWHERE
    last, at = _last(reader.texts(spec.get("profiles"), "/spec/profiles"))
    ports = tuple(sorted(_ports(reader, spec.get("ports"))))
    known = reader.count == before
    ranges = []
    for index, each in enumerate(reader.texts(spec.get("expectedIPs"), "/spec/expectedIPs")):
        if (told := number(each)) is None:
            reader.fault(f"/spec/expectedIPs/{index}", "is no address")
        else:
            ranges.append((told, told))
    party = Party(True, labels=Labels(dict(data.metadata.labels or {})))
    picked = NetSet(party, tuple(ranges), doubt=reader.count > before)
    return HostEndpoint(Home(node, ref, whole, known, last, at, ports if known else ()), picked)


def _last(profiles: tuple[str, ...]) -> tuple[bool | None, str]:
    """What the profiles let through of what no policy decides, and the field that says so."""
    if not profiles:
        return False, "/spec/profiles"
    return (True, "/spec/profiles/0") if profiles[0] == OPEN else (None, "/spec/profiles")


def _ports(reader: Reader, value: object) -> Iterator[tuple[str, str, int]]:
    for at, each in reader.each(value, "/spec/ports"):
        told = reader.mapping(each, at, "name port protocol")
        name, protocol = reader.text(told.get("name"), f"{at}/name"), told.get("protocol", "TCP")
        port = reader.port(told.get("port"), f"{at}/port")
        if protocol not in PROTOCOLS:
            reader.fault(f"{at}/protocol", f"is none of {', '.join(PROTOCOLS)}")
        elif name and port is not None:
            yield name, str(protocol), port


def homes(found: Iterable[HostEndpoint], tiers: Iterable[Tier]) -> dict[str, Home]:
    """The nodes that are held, by name; of one with several HostEndpoints, nothing is known.

    One that no policy is about and whose profile lets everything through holds nothing.
    """
    held = {ref for tier in tiers for policy in tier.policies for ref, _ in policy.endpoints}
    listed = sorted((each.home for each in found), key=lambda each: each.node)
    by_node = {node: list(those) for node, those in groupby(listed, key=lambda each: each.node) if node}
    return {
        node: those[0] if len(those) == 1 else Home(node, those[0].ref)
        for node, those in by_node.items()
        if any(each.ref in held or not each.known or each.last is not True or each.ports for each in those)
    }


def at_addresses(nodes: Iterable[Node], held: Mapping[str, Home]) -> dict[int, Home]:
    """The nodes that are held, by their addresses."""
    return {
        each: held[node.name]
        for node in nodes
        if node.name in held
        for each in at_node(node, "InternalIP", "ExternalIP")
    }


def is_failsafe(direction: str, protocol: str, port: int) -> bool:
    return any(each.protocol == protocol and each.first == port for each in FAILSAFE[direction])


def share_node(own: Party, peer: Party) -> bool | None:
    """Whether a peer is where something is that a HostEndpoint holds; `None`: it may be."""
    if own.home is None or peer.home is None:
        return False
    return None if ANYWHERE in (own.home, peer.home) else own.home.node == peer.home.node


def is_let(own: Party, peer: Party, direction: str, protocol: str, port: int) -> bool | None:
    """Whether a HostEndpoint lets a connection through whatever its policies say; `None`: it may.

    A node always reaches its own pods and itself. What pods send to it is dealt with by their own policies, and by a
    setting that is in no snapshot.
    """
    beside = share_node(own, peer)
    if is_failsafe(direction, protocol, port) or (beside and (direction == EGRESS or peer.is_endpoint)):
        return True
    is_held = own.home is not None and own.home.whole and own.home.known
    return False if is_held and beside is False else None
