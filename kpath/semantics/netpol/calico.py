"""NetworkPolicy and GlobalNetworkPolicy of Calico.

Source: Calico's reference, NetworkPolicy, GlobalNetworkPolicy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.model.wire_net import NetworkPolicy, Service
from kpath.refs import Ref
from kpath.semantics.netpol import calico_ports
from kpath.semantics.netpol.addresses import WHOLE, Range, block
from kpath.semantics.netpol.calico_sets import NetSet, behind
from kpath.semantics.netpol.calico_tiers import DEFAULT
from kpath.semantics.netpol.expressions import NAME, SelectorError, term
from kpath.semantics.netpol.policy import DIRECTIONS, INGRESS, Action, Fault, Policy, Rule
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
    Nets,
    Not,
    Party,
    Selectable,
    Space,
    Term,
    Unknown,
    holds,
)

OF_ACCOUNT, ORCHESTRATOR = "projectcalico.org/serviceaccount", "projectcalico.org/orchestrator"
ACTIONS = {"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
# What is asked before all other policies of host endpoints, and what it also says of traffic that they forward.
EARLY, FORWARDED = ("doNotTrack", "preDNAT"), "applyOnForward"
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
    early: Policy | None = None


class Surroundings(Struct, frozen=True):
    """What policies refer to: sets of addresses, Services, HostEndpoints by what selectors ask of them."""

    sets: tuple[NetSet, ...]
    services: Mapping[Ref, Service]
    hosts: Mapping[Ref, Party] = {}


def policies(found: Mapping[Ref, NetworkPolicy], around: Surroundings, faults: list[Fault]) -> list[Ordered]:
    return [_Reading(ref, around, faults).policy(found[ref]) for ref in sorted(found)]


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
        is_early = any(spec.get(each) for each in EARLY)
        for each in EARLY:
            if spec.get(each):
                self.fault(f"/spec/{each}", "bears on host endpoints alone, which is evaluated in part")
        if spec.get(FORWARDED):
            self.fault(f"/spec/{FORWARDED}", "bears on what host endpoints forward, which is not evaluated")
        ingress, egress = (rules[each] if each in types else None for each in DIRECTIONS)
        name = self.ref.name.removeprefix(f"{tier}.")
        applying = self.applying(subject, doubt=doubt)
        hosts = () if self.space else self._hosts(spec, doubt=doubt or self.strange or is_early)
        policy = Policy(self.ref, applying, ingress, egress, endpoints=() if is_early else hosts)
        early = Policy(self.ref, NOTHING, ingress, egress, endpoints=hosts) if is_early and hosts else None
        return Ordered(tier, order, name, policy, early)

    def _hosts(self, spec: Json, *, doubt: bool) -> tuple[tuple[Ref, bool], ...]:
        """The HostEndpoints that the policy is about; whether one that asks for namespaces or accounts is, may be."""
        subject = self._subject(spec)
        doubt = doubt or bool(spec.get("namespaceSelector") or spec.get("serviceAccountSelector"))
        answers = {ref: holds(subject, party) for ref, party in self.around.hosts.items()}
        return tuple((ref, answer is True and not doubt) for ref, answer in answers.items() if answer is not False)

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
        if found.get("http") and told != "Allow":
            self.fault(f"{at}/http", "goes with Allow alone")
        ends = {key: self.mapping(found.get(key), f"{at}/{key}", _ENTITY) for key in ("source", "destination")}
        if any(each.get(key) for each in ends.values() for key in ("ports", "notPorts")):
            calico_ports.has_ports(self, found, at)
        family = self._family(found.get("ipVersion"), f"{at}/ipVersion")
        doubt = self.count > before
        ports = calico_ports.ports(self, found, ends["destination"], at)
        near, far = ("destination", "source") if direction == INGRESS else ("source", "destination")
        # What may be any action is each of them.
        for action in (ACTIONS[told],) if told in ACTIONS else (Action.ALLOW, Action.DENY):
            entities = {key: self._entity(ends[key], f"{at}/{key}", action) for key in ends}
            if services := self.mapping(ends["destination"].get("services"), f"{at}/destination/services"):
                _, led = behind(self, self.around.services, services, self.space, f"{at}/destination/services")
                ports = calico_ports.common(ports, led)
            peer = AllOf((entities[far], family)) if family is not ALWAYS else entities[far]
            if ends["source"].get("ports") or ends["source"].get("notPorts"):
                # The sender chooses its port: one that is let through can be had, one that is kept away avoided.
                if action is Action.DENY:
                    continue
                if action is Action.PASS:
                    peer = AllOf((peer, Unknown()))
            yield Rule(action, AllOf((peer, Unknown())) if doubt else peer, at, ports, entities[near])

    def _family(self, value: object, at: str) -> Term:
        if value is None:
            return ALWAYS
        if isinstance(value, bool) or value not in (4, 6):
            self.fault(at, "is none of 4, 6")
            return ALWAYS
        return Nets((WHOLE[4 if value == 4 else 6],), pods=True)

    def _entity(self, found: Json, at: str, action: Action) -> Term:
        parts: list[Term] = []
        if any(found.get(key) for key in ("selector", "namespaceSelector", "serviceAccounts")):
            parts.append(self.sure(lambda: self._chosen(found, at)))
        if found.get("notSelector"):
            parts.append(Not(self._picked(self.selector(found["notSelector"], f"{at}/notSelector", POD))))
        if found.get("nets"):
            parts.append(self._nets(found["nets"], f"{at}/nets"))
        if found.get("notNets"):
            parts.append(Not(self._nets(found["notNets"], f"{at}/notNets")))
        if services := self.mapping(found.get("services"), f"{at}/services", "name namespace"):
            parts.append(behind(self, self.around.services, services, self.space, f"{at}/services")[0])
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
        if accounts:
            # Sets of addresses have none.
            parts.append(Label(ACCOUNT, NAME, EXISTS))
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
        if not isinstance(value, list):
            self.sequence(value, at)
            return Unknown()
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
