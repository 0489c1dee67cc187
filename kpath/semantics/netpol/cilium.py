"""Cilium's policies, as far as they speak of endpoints, entities, blocks and ports.

What else they say is a fault: it is named, and leaves open what the rule is about.

Source: Cilium's documentation, layer 3 and layer 4 policies, deny policies, endpoints' labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from kpath.evidence import pointer
from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import END, WHOLE, block
from kpath.semantics.netpol.policy import DIRECTIONS, INGRESS, Action, Fault, Policy, Rule
from kpath.semantics.netpol.ports import EVERY, PROTOCOLS, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader
from kpath.semantics.netpol.terms import (
    ALWAYS,
    EXISTS,
    IN,
    NAMESPACE,
    NOTHING,
    POD,
    AllOf,
    AnyOf,
    Label,
    Nets,
    Not,
    Selectable,
    Space,
    Term,
    Unknown,
)

KINDS = ("ciliumnetpol", "ciliumclusternetpol")
OF_NAMESPACE, OF_NAMESPACES_LABEL = "io.kubernetes.pod.namespace", "io.cilium.k8s.namespace.labels."
WORLD = Nets((WHOLE[4], (WHOLE[6][0], END - 1)), pods=False, nodes=False)
# An address of a node is no world's, and no policy of Kubernetes' speaks of it.
NODE = AllOf((Not(Selectable()), Not(WORLD)))
ENTITIES: Mapping[str, Term] = {
    "all": ALWAYS, "world": WORLD, "cluster": AnyOf((Selectable(), NODE)), "host": AllOf((NODE, Unknown())),
    "remote-node": AllOf((NODE, Unknown())), "none": NOTHING,
    "world-ipv4": Nets((WHOLE[4],), pods=False, nodes=False), "world-ipv6": Nets((WHOLE[6],), pods=False, nodes=False),
}  # fmt: skip
_SPEC = "endpointSelector nodeSelector ingress egress ingressDeny egressDeny enableDefaultDeny description labels"


def policies(found: Mapping[Ref, NetworkPolicy], faults: list[Fault]) -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
    """What denies, which comes before all else, and what allows."""
    read = [each for ref in sorted(found) for each in _Reading(ref, faults).policies(found[ref])]
    return tuple(deny for deny, _ in read), tuple(allow for _, allow in read)


class _Reading(Reader):
    def __init__(self, ref: Ref, faults: list[Fault]) -> None:
        super().__init__(ref, faults)
        self.space = ref.namespace if ref.kind == "ciliumnetpol" else ""

    def policies(self, data: NetworkPolicy) -> Iterator[tuple[Policy, Policy]]:
        listed = self.each(msgspec.json.decode(data.specs), "/specs")
        own = msgspec.json.decode(data.spec)
        for at, each in ([("/spec", own)] if own is not None else []) + list(listed):
            before = self.count
            spec = self.mapping(each, at, _SPEC)
            if spec.get("nodeSelector") is not None:
                self.fault(f"{at}/nodeSelector", "is about nodes and is not evaluated")
                continue
            yield self._policy(spec, at, doubt=self.count > before)

    def _policy(self, spec: Json, at: str, *, doubt: bool) -> tuple[Policy, Policy]:
        parts = [Selectable(), self._labels(spec.get("endpointSelector"), f"{at}/endpointSelector")]
        if self.space:
            parts.append(Space(self.space))
        subject: Term = AllOf((*parts, Unknown())) if doubt else AllOf(tuple(parts))
        defaults = self.mapping(spec.get("enableDefaultDeny"), f"{at}/enableDefaultDeny", "ingress egress")
        allows: dict[str, tuple[Rule, ...] | None] = {}
        denies: dict[str, tuple[Rule, ...] | None] = {}
        for direction in DIRECTIONS:
            key = direction.lower()
            allows[direction] = denies[direction] = None
            if spec.get(key) is None and spec.get(f"{key}Deny") is None:
                continue
            allowing = self._rules(spec.get(key), f"{at}/{key}", direction, Action.ALLOW)
            if defaults.get(key) is False:
                allowing = (*allowing, Rule(Action.ALLOW, ALWAYS, f"{at}/enableDefaultDeny/{key}"))
            allows[direction] = allowing
            denies[direction] = self._rules(spec.get(f"{key}Deny"), f"{at}/{key}Deny", direction, Action.DENY) or None
        ingress, egress = DIRECTIONS
        return (
            Policy(self.ref, subject, denies[ingress], denies[egress]),
            Policy(self.ref, subject, allows[ingress], allows[egress]),
        )

    def _rules(self, value: object, at: str, direction: str, action: Action) -> tuple[Rule, ...]:
        if value is not None and not isinstance(value, list):
            self.sequence(value, at)
            return (Rule(action, Unknown(), at),)
        return tuple(self._rule(each, where, direction, action) for where, each in self.each(value, at))

    def _rule(self, value: object, at: str, direction: str, action: Action) -> Rule:
        way = "from" if direction == INGRESS else "to"
        before = self.count
        found = self.mapping(value, at)
        readable = {f"{way}{each}" for each in ("Endpoints", "Entities", "CIDR", "CIDRSet")} | {"toPorts"}
        for key in sorted(found.keys() - readable):
            self.fault(at + pointer(key), "is not evaluated")
        doubt = self.count > before
        told = [key for key in sorted(readable - {"toPorts"}) if key in found]
        peers = [self._peer(key.removeprefix(way), found[key], f"{at}/{key}") for key in told]
        peer: Term = AnyOf(tuple(peers)) if peers else (ALWAYS if found.get("toPorts") or doubt else NOTHING)
        ports = self._ports(found.get("toPorts"), f"{at}/toPorts", action)
        return Rule(action, AllOf((peer, Unknown())) if doubt else peer, at, ports)

    def _peer(self, what: str, value: object, at: str) -> Term:
        parts: list[Term] = [] if value is None or isinstance(value, list) else [Unknown()]
        for where, each in self.each(value, at):
            if what == "Endpoints":
                parts.append(self._endpoints(each, where))
            elif what == "Entities":
                parts.append(ENTITIES.get(str(each), Unknown()))
                if str(each) not in ENTITIES:
                    self.fault(where, "is an entity that is not evaluated")
            elif what == "CIDR":
                parts.append(self._nets(each, where))
            else:
                found = self.mapping(each, where, "cidr except")
                cut = [self._nets(inner, at_) for at_, inner in self.each(found.get("except"), f"{where}/except")]
                parts.append(AllOf((self._nets(found.get("cidr"), f"{where}/cidr"), Not(AnyOf(tuple(cut))))))
        return AnyOf(tuple(parts))

    def _endpoints(self, value: object, at: str) -> Term:
        """Endpoints by their labels: of the policy's namespace, unless a label says of which."""
        before = self.count
        found = self._labels(value, at)
        doubt = self.count > before
        asks = (isinstance(value, dict) and OF_NAMESPACE in str(value)) or OF_NAMESPACES_LABEL in str(value)
        parts = [Selectable(), found] if asks or not self.space else [Selectable(), Space(self.space), found]
        return AllOf((*parts, Unknown())) if doubt else AllOf(tuple(parts))

    def _labels(self, value: object, at: str) -> Term:
        return _told(self.labels(value, at, POD))

    def _nets(self, value: object, at: str) -> Term:
        found = block(value, bare=True) if isinstance(value, str) else None
        if found is None:
            self.fault(at, "is no CIDR block")
            return Unknown()
        return Nets((found,), pods=False, nodes=False)

    def _ports(self, value: object, at: str, action: Action) -> Ports:
        if not value:
            return EVERY
        spans: list[Span] = []
        names: list[NamedPort] = []
        before = self.count
        for where, each in self.each(value, at):
            found = self.mapping(each, where)
            for key in sorted(found.keys() - {"ports", "rules"}):
                self.fault(where + pointer(key), "is not evaluated")
            if found.get("ports") is None:
                spans += EVERY.spans
            for inner, port in self.each(found.get("ports"), f"{where}/ports"):
                self._port(port, inner, spans, names)
        return Ports(tuple(spans), tuple(names), self.count > before)

    def _port(self, value: object, at: str, spans: list[Span], names: list[NamedPort]) -> None:
        found = self.mapping(value, at, "port endPort protocol")
        protocol = str(found.get("protocol") or "ANY")
        told = PROTOCOLS if protocol == "ANY" else tuple(each for each in PROTOCOLS if each == protocol)
        port = found.get("port")
        if isinstance(port, str) and not port.isdigit():
            names += (NamedPort(port, each) for each in told)
            return
        if port in (None, "0", 0):
            spans += (Span(each) for each in told)
            return
        first = self.port(int(str(port)) if str(port).isdigit() else port, f"{at}/port")
        last = first if not found.get("endPort") else self.port(found["endPort"], f"{at}/endPort")
        if first and last and first <= last:
            spans += (Span(each, first, last) for each in told)


def _told(term: Term) -> Term:
    """Labels under the names that Cilium has for them."""
    match term:
        case Label(of, key, is_, values):
            return _label(of, key, is_, values)
        case Not(part):
            return Not(_told(part))
        case AllOf(parts):
            return AllOf(tuple(map(_told, parts)))
        case _:
            return term


def _label(of: str, key: str, is_: str, values: tuple[str, ...]) -> Term:
    key = key.removeprefix("k8s:").removeprefix("any:")
    if key == OF_NAMESPACE:
        return AnyOf(tuple(map(Space, values))) if is_ == IN else ALWAYS
    if key.startswith(OF_NAMESPACES_LABEL):
        return Label(NAMESPACE, key.removeprefix(OF_NAMESPACES_LABEL), is_, values)
    if key.startswith(("reserved:", "io.cilium.")):
        return Unknown()
    return Label(of, key, is_, values) if is_ in (IN, EXISTS) else Unknown()
