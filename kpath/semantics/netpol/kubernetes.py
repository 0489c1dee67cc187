"""NetworkPolicy of Kubernetes.

Source: the Kubernetes API reference, NetworkPolicy networking.k8s.io/v1, and the API server's defaulting of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import block
from kpath.semantics.netpol.policy import DIRECTIONS, EGRESS, INGRESS, Action, Fault, Policy, Rule
from kpath.semantics.netpol.ports import EVERY, PROTOCOLS, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader
from kpath.semantics.netpol.terms import (
    ALWAYS,
    NAMESPACE,
    POD,
    AllOf,
    AnyOf,
    AtNode,
    Nets,
    Not,
    Selectable,
    Space,
    Term,
    Unknown,
)


class Habits(Struct, frozen=True):
    """Where engines differ in what a Kubernetes NetworkPolicy means to them.

    `blocks_pods`, `blocks_nodes`: blocks of addresses match pods, and nodes; `host_pods`: to pick a pod on the host's
    network opens its node; `collective`: a port's name is every number that a pod of the policy gives it;
    `named_to_all`: a named port opens something in a rule without peers.
    """

    blocks_pods: bool = False
    blocks_nodes: bool = True
    host_pods: bool = False
    collective: bool = False
    named_to_all: bool = True


def policies(found: Mapping[Ref, NetworkPolicy], habits: Habits, faults: list[Fault]) -> tuple[Policy, ...]:
    """The policies as an engine reads them, in the order of their names."""
    return tuple(_Reading(ref, habits, faults).policy(found[ref]) for ref in sorted(found))


class _Reading(Reader):
    def __init__(self, ref: Ref, habits: Habits, faults: list[Fault]) -> None:
        super().__init__(ref, faults)
        self.habits = habits
        self.own = Space(ref.namespace)

    def policy(self, data: NetworkPolicy) -> Policy:
        before = self.count
        spec = self.document(data.spec, "podSelector policyTypes ingress egress")
        types = self._types(spec)
        doubt = self.count > before
        subject = AllOf((Selectable(), self.own, self.labels(spec.get("podSelector"), "/spec/podSelector", POD)))
        rules = {each: self._rules(spec.get(each.lower()), each, doubt=doubt) for each in DIRECTIONS}
        return Policy(
            self.ref,
            self.applying(subject, doubt=doubt),
            rules[INGRESS] if INGRESS in types else None,
            rules[EGRESS] if EGRESS in types else None,
        )

    def _types(self, spec: Json) -> set[str]:
        """Without types, a policy is about what comes in, and about what goes out if it has rules for that."""
        told = spec.get("policyTypes")
        if told is None or told == []:
            return {INGRESS, EGRESS} if spec.get("egress") else {INGRESS}
        return self.directions(told, "/spec/policyTypes")

    def _rules(self, value: object, direction: str, *, doubt: bool) -> tuple[Rule, ...]:
        at = f"/spec/{direction.lower()}"
        found = [self._rule(each, where, direction) for where, each in self.each(value, at)]
        if doubt or (value is not None and not isinstance(value, list)):
            found.append(Rule(Action.ALLOW, Unknown(), at))
        return tuple(found)

    def _rule(self, value: object, at: str, direction: str) -> Rule:
        peers = "from" if direction == INGRESS else "to"
        before = self.count
        found = self.mapping(value, at, f"{peers} ports")
        doubt = self.count > before
        listed = found.get(peers)
        peer: Term = ALWAYS
        if listed is not None and listed != []:
            peer = AnyOf(tuple(self._peer(each, where) for where, each in self.each(listed, f"{at}/{peers}")))
            if not isinstance(listed, list):
                peer = Unknown()
        ports = self._ports(found.get("ports"), f"{at}/ports")
        if not self.habits.named_to_all and direction == EGRESS and peer is ALWAYS:
            ports = Ports(ports.spans, (), ports.doubt)
        if doubt:
            peer, ports = Unknown(), EVERY
        return Rule(Action.ALLOW, peer, at, ports, collective=self.habits.collective)

    def _peer(self, value: object, at: str) -> Term:
        before = self.count
        found = self.mapping(value, at, "podSelector namespaceSelector ipBlock")
        if self.count > before:
            return Unknown()
        pods, spaces, nets = (found.get(key) for key in ("podSelector", "namespaceSelector", "ipBlock"))
        if nets is not None and (pods is not None or spaces is not None):
            self.fault(at, "has an ipBlock beside a selector")
            return Unknown()
        if nets is not None:
            return self._block(nets, f"{at}/ipBlock")
        if pods is None and spaces is None:
            self.fault(at, "is empty")
            return Unknown()
        where = self.own if spaces is None else self.labels(spaces, f"{at}/namespaceSelector", NAMESPACE)
        picked = AllOf((where, self.labels(pods, f"{at}/podSelector", POD)))
        return AtNode(picked) if self.habits.host_pods else AllOf((Selectable(), picked))

    def _block(self, value: object, at: str) -> Term:
        before = self.count
        found = self.mapping(value, at, "cidr except")
        if self.count > before:
            return Unknown()
        nets = self._nets(found.get("cidr"), f"{at}/cidr")
        cut = tuple(self._cut(each, nets, where) for where, each in self.each(found.get("except"), f"{at}/except"))
        return AllOf((nets, Not(AnyOf(cut)))) if cut else nets

    def _cut(self, value: object, whole: Term, at: str) -> Term:
        found = self._nets(value, at)
        if isinstance(found, Nets) and isinstance(whole, Nets):
            (first, last), (low, high) = whole.ranges[0], found.ranges[0]
            if not first <= low <= high <= last:
                self.fault(at, "is not within its block")
                return Unknown()
        return found

    def _nets(self, value: object, at: str) -> Term:
        found = block(value) if isinstance(value, str) else None
        if found is None:
            self.fault(at, "is no CIDR block")
            return Unknown()
        return Nets((found,), pods=self.habits.blocks_pods, nodes=self.habits.blocks_nodes)

    def _ports(self, value: object, at: str) -> Ports:
        if value is None or value == []:
            return EVERY
        if not isinstance(value, list):
            self.sequence(value, at)
            return Ports(doubt=True)
        spans: list[Span] = []
        names: list[NamedPort] = []
        before = self.count
        for where, each in self.each(value, at):
            match self._port(each, where):
                case Span() as span:
                    spans.append(span)
                case NamedPort() as name:
                    names.append(name)
        return Ports(tuple(spans), tuple(names), self.count > before)

    def _port(self, value: object, at: str) -> Span | NamedPort | None:
        before = self.count
        found = self.mapping(value, at, "protocol port endPort")
        protocol = self.text(found.get("protocol"), f"{at}/protocol") or "TCP"
        if protocol not in PROTOCOLS:
            self.fault(f"{at}/protocol", f"is none of {', '.join(PROTOCOLS)}")
        port, end = found.get("port"), found.get("endPort")
        if isinstance(port, str):
            if end is not None:
                self.fault(f"{at}/endPort", "goes with no named port")
            if not any(map(str.isalpha, port)):
                self.fault(f"{at}/port", "is no name of a port, which has a letter")
            return NamedPort(port, protocol) if self.count == before else None
        if port is None:
            if end is not None:
                self.fault(f"{at}/endPort", "needs a port")
            return Span(protocol) if self.count == before else None
        first = self.port(port, f"{at}/port")
        last = first if end is None else self.port(end, f"{at}/endPort")
        if first is not None and last is not None and last < first:
            self.fault(f"{at}/endPort", "is below its port")
        return Span(protocol, first, last) if first and last and self.count == before else None
