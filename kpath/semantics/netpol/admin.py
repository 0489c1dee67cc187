"""AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy.

Source: the network-policy-api project, v1alpha1 and v1alpha2; Amazon EKS user guide, admin policies
(networking.k8s.aws/v1alpha1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol import admin_ports
from kpath.semantics.netpol.addresses import block
from kpath.semantics.netpol.policy import DIRECTIONS, EGRESS, INGRESS, Action, Fault, Policy, Rule
from kpath.semantics.netpol.reader import Json, Reader
from kpath.semantics.netpol.terms import (
    ALWAYS,
    NAMESPACE,
    NOTHING,
    POD,
    AllOf,
    AnyOf,
    Nets,
    Not,
    Party,
    Selectable,
    Term,
    Unknown,
    holds,
)

ADMIN, BASELINE = "Admin", "Baseline"
ACTIONS = {"Accept": Action.ALLOW, "Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
# Amazon's agent puts what denies before what accepts, and that before what passes on, whatever the order.
SEVERITY = {Action.DENY: 0, Action.ALLOW: 1, Action.PASS: 2}
UNBOUND = "is a kind of peer that kpath does not evaluate"


class Ranked(Struct, frozen=True):
    """The policies of a tier in their order."""

    admin: tuple[Policy, ...]
    baseline: tuple[Policy, ...]


def policies(
    found: Mapping[Ref, NetworkPolicy],
    faults: list[Fault],
    *,
    nodes: Sequence[Party] | None = None,
    by_severity: bool = False,
) -> Ranked:
    """The policies by tier. `nodes` are those that a peer may name; without them, the engine does not support it.

    `by_severity`: those of one priority are one list, the strictest actions first.
    """
    read = [_Reading(ref, faults, nodes).policy(found[ref]) for ref in sorted(found)]
    tiers: dict[str, list[Policy]] = {ADMIN: [], BASELINE: []}
    for tier, policy in read:
        tiers[tier].append(policy)
    for name, listed in tiers.items():
        listed.sort(key=lambda each: (each.rank or 0, each.ref))
        if by_severity:
            tiers[name] = [each for policy in listed for each in _split(policy)]
            tiers[name].sort(key=lambda each: (each.rank or 0, _severity(each)))
            tiers[name] = [replace(each, rank=None) for each in tiers[name]]
    return Ranked(tuple(tiers[ADMIN]), tuple(tiers[BASELINE]))


def _split(policy: Policy) -> list[Policy]:
    """A policy as one for each of the actions that it takes."""
    found = []
    for action in SEVERITY:
        rules = {each: tuple(rule for rule in policy.rules(each) or () if rule.action is action) for each in DIRECTIONS}
        if any(rules.values()):
            found.append(replace(policy, ingress=rules[INGRESS] or None, egress=rules[EGRESS] or None))
    return found


def _severity(policy: Policy) -> int:
    return min(SEVERITY[rule.action] for each in DIRECTIONS for rule in policy.rules(each) or ())


class _Reading(Reader):
    def __init__(self, ref: Ref, faults: list[Fault], nodes: Sequence[Party] | None) -> None:
        super().__init__(ref, faults)
        self.nodes = nodes

    def policy(self, data: NetworkPolicy) -> tuple[str, Policy]:
        before = self.count
        spec = self.document(data.spec, "tier priority subject ingress egress")
        tier = self._tier(spec)
        rank = self.order(spec.get("priority"), "/spec/priority", default=0) if self.ref.kind != "banp" else None
        doubt = self.count > before
        subject = AllOf((Selectable(), self._chosen(spec.get("subject"), "/spec/subject")))
        rules = {each: self._rules(spec.get(each.lower()), each) for each in DIRECTIONS}
        if doubt:
            rules = {each: (*rules[each], Rule(Action.ALLOW, Unknown(), "/spec")) for each in DIRECTIONS}
        applying = self.applying(subject, doubt=doubt)
        return tier, Policy(self.ref, applying, rules[INGRESS] or None, rules[EGRESS] or None, rank)

    def _tier(self, spec: Json) -> str:
        if self.ref.kind in ("anp", "banp"):
            return ADMIN if self.ref.kind == "anp" else BASELINE
        tier = spec.get("tier")
        if tier in (ADMIN, BASELINE):
            return str(tier)
        self.fault("/spec/tier", f"is none of {ADMIN}, {BASELINE}")
        return ADMIN

    def _chosen(self, value: object, at: str) -> Term:
        """`namespaces`, a selector of these, or `pods`, of both; a peer or a subject must have one of them."""
        found = self.mapping(value, at)
        if "namespaces" in found and len(found) == 1:
            return self.labels(found["namespaces"], f"{at}/namespaces", NAMESPACE)
        if "pods" in found and len(found) == 1:
            pods = self.mapping(found["pods"], f"{at}/pods", "namespaceSelector podSelector")
            return AllOf((
                self.labels(pods.get("namespaceSelector"), f"{at}/pods/namespaceSelector", NAMESPACE),
                self.labels(pods.get("podSelector"), f"{at}/pods/podSelector", POD),
            ))  # fmt: skip
        self.fault(at, "must have one of namespaces, pods")
        return Unknown()

    def _rules(self, value: object, direction: str) -> tuple[Rule, ...]:
        at = f"/spec/{direction.lower()}"
        if value is not None and not isinstance(value, list):
            self.sequence(value, at)
            return tuple(Rule(action, Unknown(), at) for action in (Action.ALLOW, Action.DENY))
        return tuple(rule for where, each in self.each(value, at) for rule in self._rule(each, where, direction))

    def _rule(self, value: object, at: str, direction: str) -> Iterator[Rule]:
        before = self.count
        peers = "from" if direction == INGRESS else "to"
        found = self.mapping(value, at, f"name action {peers} ports protocols")
        told = found.get("action")
        if isinstance(told, str) and told in ACTIONS:
            actions: tuple[Action, ...] = (ACTIONS[told],)
        else:
            self.fault(f"{at}/action", f"is none of {', '.join(ACTIONS)}")
            actions = (Action.ALLOW, Action.DENY)
        doubt = self.count > before
        ports = admin_ports.ports(self, found, at)
        for action in actions:
            listed = list(self.each(found.get(peers), f"{at}/{peers}"))
            each = [self._peer(peer, where, action, direction) for where, peer in listed]
            peer: Term = AnyOf(tuple(part for part in each if part is not None)) if each else Unknown()
            if not each:
                self.fault(f"{at}/{peers}", "must have a peer")
            if None in each and action is not Action.ALLOW:
                # A peer that is not understood was meant to restrict: all of them are closed.
                action, peer = Action.DENY, Selectable() if direction == INGRESS else ALWAYS
            yield Rule(action, AllOf((peer, Unknown())) if doubt else peer, at, ports)

    def _peer(self, value: object, at: str, action: Action, direction: str) -> Term | None:
        """A peer, or `None` for one of a kind that is not known."""
        found = self.mapping(value, at)
        if found.keys() & {"namespaces", "pods"}:
            chosen = self._chosen(found, at)
            return chosen if chosen == Unknown() else AllOf((Selectable(), chosen))
        if direction == EGRESS and set(found) == {"networks"}:
            return self._networks(found["networks"], f"{at}/networks")
        if direction == EGRESS and set(found) == {"domainNames"}:
            return self._names(found["domainNames"], f"{at}/domainNames", action)
        if direction == EGRESS and set(found) == {"nodes"} and self.nodes is not None:
            return self._nodes(self.labels(found["nodes"], f"{at}/nodes", POD), self.nodes)
        self.fault(at, UNBOUND)
        return None

    def _networks(self, value: object, at: str) -> Term:
        if not isinstance(value, list):
            self.sequence(value, at)
            return Unknown()
        return AnyOf(tuple(self._nets(each, where) for where, each in self.each(value, at)))

    def _nodes(self, chosen: Term, nodes: Sequence[Party]) -> Term:
        """The addresses of the nodes whose labels a selector picks."""
        parts: list[Term] = []
        for each in nodes:
            answer = holds(chosen, each)
            if answer is not False:
                at = Nets(tuple((value, value) for value in each.addresses or ()), pods=False)
                parts.append(at if answer else AllOf((at, Unknown())))
        return AnyOf(tuple(parts))

    def _names(self, value: object, at: str, action: Action) -> Term:
        """Names stand for addresses that are not known: they may be any that is no pod's."""
        self.texts(value, at)
        self.fault(at, "names, whose addresses are not known")
        outside = Not(Selectable())
        return AllOf((outside, Unknown())) if action is Action.ALLOW else NOTHING

    def _nets(self, value: object, at: str) -> Term:
        found = block(value) if isinstance(value, str) else None
        if found is None:
            self.fault(at, "is no CIDR block")
            return Unknown()
        return Nets((found,), pods=True)
