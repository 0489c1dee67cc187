"""NetworkPolicy and GlobalNetworkPolicy of Calico.

Source: Calico's reference, NetworkPolicy, GlobalNetworkPolicy, Tier, NetworkSet, GlobalNetworkSet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.model.wire_net import NetworkPolicy, Service
from kpath.refs import Ref
from kpath.semantics.netpol import calico_ports
from kpath.semantics.netpol.addresses import WHOLE, Range, block
from kpath.semantics.netpol.expressions import GLOBAL, SelectorError, term
from kpath.semantics.netpol.policy import DIRECTIONS, INGRESS, Action, Fault, Policy, Rule
from kpath.semantics.netpol.ports import EVERY, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader
from kpath.semantics.netpol.terms import (
    ACCOUNT,
    ALWAYS,
    EXISTS,
    IN,
    NAMESPACE,
    NOTHING,
    POD,
    AllOf,
    AnyOf,
    Label,
    Labels,
    Nets,
    Not,
    Party,
    Selectable,
    Space,
    Term,
    Unknown,
    holds,
)

NAME, OF_NAMESPACE = "projectcalico.org/name", "projectcalico.org/namespace"
OF_ACCOUNT, ORCHESTRATOR = "projectcalico.org/serviceaccount", "projectcalico.org/orchestrator"
DEFAULT = "default"
ACTIONS = {"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
HOST_ONLY = ("doNotTrack", "preDNAT", "applyOnForward")
_SPEC = (
    "order tier selector types ingress egress serviceAccountSelector namespaceSelector performanceHints "
    "doNotTrack preDNAT applyOnForward"
)
_RULE = "action metadata ipVersion protocol notProtocol icmp notICMP source destination http"
_ENTITY = "nets notNets selector notSelector namespaceSelector ports notPorts serviceAccounts services domains"


class Ordered(Struct, frozen=True):
    """A policy, its tier and its place there."""

    tier: str
    order: float
    name: str
    policy: Policy


class NetSet(Struct, frozen=True):
    """Named ranges of addresses, as something that selectors pick by its labels."""

    party: Party
    ranges: tuple[Range, ...]
    doubt: bool


class TierOrder(Struct, frozen=True):
    order: float
    otherwise: Action


# A tier that no object describes may be anywhere.
UNKNOWN = TierOrder(-math.inf, Action.DENY)


class Surroundings(Struct, frozen=True):
    """What policies refer to: sets of addresses, Services, labels of namespaces."""

    sets: tuple[NetSet, ...]
    services: Mapping[Ref, Service]


def policies(found: Mapping[Ref, NetworkPolicy], around: Surroundings, faults: list[Fault]) -> list[Ordered]:
    return [_Reading(ref, around, faults).policy(found[ref]) for ref in sorted(found)]


def tiers(found: Mapping[Ref, NetworkPolicy], faults: list[Fault]) -> dict[str, TierOrder]:
    """The tiers by name, with the three that Calico makes itself."""
    known = {
        "kube-admin": TierOrder(1_000, Action.PASS),
        DEFAULT: TierOrder(1_000_000, Action.DENY),
        "kube-baseline": TierOrder(10_000_000, Action.PASS),
    }
    for ref, data in found.items():
        reader = Reader(ref, faults)
        spec = reader.document(data.spec, "order defaultAction")
        told = reader.text(spec.get("defaultAction"), "/spec/defaultAction") or "Deny"
        otherwise = Action.PASS if told == "Pass" or (ref.name in known and ref.name != DEFAULT) else Action.DENY
        usual = known[ref.name].order if ref.name in known else math.inf
        known[ref.name] = TierOrder(reader.order(spec.get("order"), "/spec/order", default=usual), otherwise)
    return known


def net_sets(
    found: Mapping[Ref, NetworkPolicy], spaces: Mapping[str, Labels], faults: list[Fault]
) -> tuple[NetSet, ...]:
    """NetworkSets and GlobalNetworkSets."""
    return tuple(_net_set(ref, found[ref], spaces, faults) for ref in sorted(found))


def _net_set(ref: Ref, data: NetworkPolicy, spaces: Mapping[str, Labels], faults: list[Fault]) -> NetSet:
    reader = Reader(ref, faults)
    spec = reader.document(data.spec, "nets allowedEgressDomains")
    ranges = []
    before = reader.count
    for at, each in reader.each(spec.get("nets"), "/spec/nets"):
        told = block(each, bare=True) if isinstance(each, str) else None
        if told is None:
            reader.fault(at, "is no CIDR block")
        else:
            ranges.append(told)
    space = ref.namespace if ref.kind == "netset" else ""
    labels = dict(data.metadata.labels or {}) | ({OF_NAMESPACE: space} if space else {})
    within = spaces.get(space, Labels({NAME: space}, complete=False)) if space else Labels({GLOBAL: ""})
    doubt = reader.count > before or bool(spec.get("allowedEgressDomains"))
    return NetSet(Party(True, space, Labels(labels), within), tuple(ranges), doubt)


class _Reading(Reader):
    def __init__(self, ref: Ref, around: Surroundings, faults: list[Fault]) -> None:
        super().__init__(ref, faults)
        self.around = around
        self.space = ref.namespace if ref.kind == "calico-netpol" else ""

    def policy(self, data: NetworkPolicy) -> Ordered:
        before = self.count
        spec = self.document(data.spec, _SPEC)
        tier = self.text(spec.get("tier"), "/spec/tier") or DEFAULT
        order = self.order(spec.get("order"), "/spec/order", default=math.inf)
        types = self._types(spec)
        doubt = self.count > before
        subject = AllOf((Selectable(), self._subject(spec)))
        rules = {each: self._rules(spec.get(each.lower()), each) for each in DIRECTIONS}
        if doubt:
            rules = {each: (*rules[each], Rule(Action.ALLOW, Unknown(), "/spec")) for each in DIRECTIONS}
        for each in HOST_ONLY:
            if spec.get(each):
                self.fault(f"/spec/{each}", "bears on host endpoints alone and is not evaluated")
        ingress, egress = (rules[each] if each in types else None for each in DIRECTIONS)
        name = self.ref.name.removeprefix(f"{tier}.")
        applying = self.applying(subject, doubt=doubt)
        return Ordered(tier, order, name, Policy(self.ref, applying, ingress, egress))

    def _types(self, spec: Json) -> set[str]:
        """Without types, a policy is about the directions that it has rules for, else about what comes in."""
        told = spec.get("types")
        if told is None or told == []:
            return {each for each in DIRECTIONS if spec.get(each.lower())} or {INGRESS}
        return self.directions(told, "/spec/types")

    def _subject(self, spec: Json) -> Term:
        parts: list[Term] = [self.selector(spec.get("selector"), "/spec/selector", POD)]
        if self.space:
            parts.append(Space(self.space))
        elif spec.get("namespaceSelector"):
            parts.append(self.selector(spec["namespaceSelector"], "/spec/namespaceSelector", NAMESPACE))
        if spec.get("serviceAccountSelector"):
            parts.append(self.selector(spec["serviceAccountSelector"], "/spec/serviceAccountSelector", ACCOUNT))
        return AllOf(tuple(parts))

    def selector(self, value: object, at: str, of: str) -> Term:
        text = self.text(value, at)
        if value is not None and text is None:
            return Unknown()
        if of == NAMESPACE and (text or "").strip() == "all()":
            return Label(NAMESPACE, NAME, EXISTS)
        try:
            return term(text or "", of)
        except SelectorError as error:
            self.fault(at, f"is no selector: {error}")
            return Unknown()

    def _rules(self, value: object, direction: str) -> tuple[Rule, ...]:
        at = f"/spec/{direction.lower()}"
        found = [rule for where, each in self.each(value, at) for rule in self._rule(each, where, direction)]
        if value is not None and not isinstance(value, list):
            found.append(Rule(Action.ALLOW, Unknown(), at))
        return tuple(found)

    def _rule(self, value: object, at: str, direction: str) -> Iterator[Rule]:
        before = self.count
        found = self.mapping(value, at, _RULE)
        told = self.text(found.get("action"), f"{at}/action")
        if told == "Log":
            return
        if told not in ACTIONS:
            self.fault(f"{at}/action", f"is none of {', '.join((*ACTIONS, 'Log'))}")
        doubt = self.count > before
        action = ACTIONS.get(told or "", Action.ALLOW)
        ends = {key: self.mapping(found.get(key), f"{at}/{key}", _ENTITY) for key in ("source", "destination")}
        doubt = doubt or self.count > before
        near, far = ("destination", "source") if direction == INGRESS else ("source", "destination")
        own, peer = (self._entity(ends[key], f"{at}/{key}", action) for key in (near, far))
        if any(each.get(key) for each in ends.values() for key in ("ports", "notPorts")):
            doubt = not calico_ports.has_ports(self, found, at) or doubt
        ports = calico_ports.ports(self, found, ends["destination"], at)
        if services := self.mapping(ends["destination"].get("services"), f"{at}/destination/services"):
            behind, ports = self._service(services, f"{at}/destination/services")
            peer = AllOf((peer, behind))
        if version := found.get("ipVersion"):
            peer = AllOf((peer, Nets((WHOLE[6 if version == 6 else 4],), pods=True)))
        if ends["source"].get("ports") or ends["source"].get("notPorts"):
            # The sender chooses its port: one that is let through can be had, one that is kept away avoided.
            if action is Action.DENY:
                return
            if action is Action.PASS:
                peer = AllOf((peer, Unknown()))
        yield Rule(action, AllOf((peer, Unknown())) if doubt else peer, at, ports, own)

    def _entity(self, found: Json, at: str, action: Action) -> Term:
        parts: list[Term] = []
        if any(found.get(key) for key in ("selector", "namespaceSelector", "serviceAccounts")):
            parts.append(self._chosen(found, at))
        if found.get("notSelector"):
            parts.append(Not(self._picked(self.selector(found["notSelector"], f"{at}/notSelector", POD))))
        if found.get("nets"):
            parts.append(self._nets(found["nets"], f"{at}/nets"))
        if found.get("notNets"):
            parts.append(Not(self._nets(found["notNets"], f"{at}/notNets")))
        if found.get("domains"):
            self.texts(found["domains"], f"{at}/domains")
            self.fault(f"{at}/domains", "names, whose addresses are not known")
            parts.append(AllOf((Not(Selectable()), Unknown())) if action is Action.ALLOW else NOTHING)
        return AllOf(tuple(parts)) if parts else ALWAYS

    def _chosen(self, found: Json, at: str) -> Term:
        """Endpoints by their labels, those of their namespaces and of their accounts; sets of addresses as well."""
        parts = [self.selector(found.get("selector"), f"{at}/selector", POD)]
        if found.get("namespaceSelector"):
            parts.append(self.selector(found["namespaceSelector"], f"{at}/namespaceSelector", NAMESPACE))
        elif self.space:
            parts.append(Space(self.space))
        accounts = self.mapping(found.get("serviceAccounts"), f"{at}/serviceAccounts", "names selector")
        if names := self.texts(accounts.get("names"), f"{at}/serviceAccounts/names"):
            parts.append(Label(ACCOUNT, NAME, IN, names))
        if accounts.get("selector"):
            parts.append(self.selector(accounts["selector"], f"{at}/serviceAccounts/selector", ACCOUNT))
        return self._picked(AllOf(tuple(parts)))

    def _picked(self, chosen: Term) -> Term:
        """The pods that are chosen, and the addresses of the sets that are."""
        found: list[Term] = [AllOf((Selectable(), chosen))]
        for each in self.around.sets:
            answer = holds(chosen, each.party)
            if answer is not False:
                nets: Term = Nets(each.ranges, pods=True) if each.ranges else NOTHING
                if each.doubt:
                    nets = AnyOf((nets, Unknown()))
                found.append(nets if answer else AllOf((nets, Unknown())))
        return AnyOf(tuple(found))

    def _nets(self, value: object, at: str) -> Term:
        ranges: list[Range] = []
        parts: list[Term] = []
        for where, each in self.each(value, at):
            found = block(each, bare=True) if isinstance(each, str) else None
            if found is None:
                self.fault(where, "is no CIDR block")
                parts.append(Unknown())
            else:
                ranges.append(found)
        return AnyOf((Nets(tuple(ranges), pods=True), *parts))

    def _service(self, value: Json, at: str) -> tuple[Term, Ports]:
        """The pods behind a Service, on the ports that it leads to."""
        space = self.text(value.get("namespace"), f"{at}/namespace") or self.space
        ref = Ref(f"svc/{space}/{value.get('name')}")
        service = self.around.services.get(ref)
        if service is None or not service.spec.selector:
            self.fault(at, "leads to a Service that is not known, or selects nothing")
            return Unknown(), EVERY
        labels = tuple(Label(POD, key, IN, (each,)) for key, each in service.spec.selector.items())
        spans: list[Span] = []
        names: list[NamedPort] = []
        for port in service.spec.ports or ():
            target = port.target_port if port.target_port is not None else port.port
            protocol = port.protocol or "TCP"
            if isinstance(target, str):
                names.append(NamedPort(target, protocol))
            elif target is not None:
                spans.append(Span(protocol, target, target))
        return AllOf((Selectable(), Space(space), *labels)), Ports(tuple(spans), tuple(names))
