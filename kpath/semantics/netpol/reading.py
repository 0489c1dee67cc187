"""The policies that an engine goes by, in its tiers."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol import admin, calico, calico_sets, calico_tiers, cilium, hostendpoints, kubernetes
from kpath.semantics.netpol.addresses import at_node
from kpath.semantics.netpol.engine import CALICO, CILIUM, VPC_CNI
from kpath.semantics.netpol.homes import Home
from kpath.semantics.netpol.policy import PLAIN, Action, Fault, Policy, Reading, Tier
from kpath.semantics.netpol.spaces import labels_of_spaces
from kpath.semantics.netpol.terms import AllOf, Labels, Party, Unknown

HABITS = {
    VPC_CNI: kubernetes.Habits(blocks_pods=True, host_pods=True, collective=True, named_to_all=False),
    CALICO: kubernetes.Habits(blocks_pods=True),
    CILIUM: kubernetes.Habits(blocks_nodes=False),
}
ADMINS = ("anp", "banp", "clusternetpol")
# Kubernetes' policies among Calico's.
ORDER = 1000.0


@memoised
def reading(model: Model, engine: str) -> Reading:
    """What an engine makes of the policies that there are."""
    faults: list[Fault] = []
    homes: Mapping[str, Home] = {}
    own = kubernetes.policies(of_kinds(model, "netpol"), HABITS.get(engine, kubernetes.Habits()), faults)
    if engine == CALICO:
        tiers, homes = _calico(model, own, faults)
    else:
        kinds = {VPC_CNI: ("eks-clusternetpol",), CILIUM: ()}.get(engine, ADMINS)
        nodes = None if engine == VPC_CNI else _nodes(model)
        ranked = admin.policies(of_kinds(model, *kinds), faults, nodes=nodes, by_severity=engine == VPC_CNI)
        denies, allows = cilium.policies(of_kinds(model, *cilium.KINDS), faults) if engine == CILIUM else ((), ())
        tiers = (
            Tier("admin", ranked.admin, Action.PASS),
            Tier("denials", denies, Action.PASS),
            Tier(PLAIN, (*own, *allows), Action.DENY),
            Tier("baseline", ranked.baseline, Action.PASS),
        )
    return Reading(tuple(each for each in tiers if each.policies), tuple(dict.fromkeys(faults)), homes)


def doubted(policy: Policy) -> Policy:
    """The policy, as one that may apply or not."""
    endpoints = tuple((ref, False) for ref, _ in policy.endpoints)
    return replace(policy, subject=AllOf((policy.subject, Unknown())), endpoints=endpoints)


def of_kinds(model: Model, *kinds: str) -> Mapping[Ref, NetworkPolicy]:
    """The policies of some kinds."""
    return {ref: each for ref, each in model.network_policies.items() if ref.kind in kinds}


def _nodes(model: Model) -> tuple[Party, ...]:
    """The nodes, as something that selectors pick by its labels."""
    return tuple(
        Party(
            True,
            labels=Labels(node.labels, complete=node.info is not None or bool(node.labels)),
            addresses=at_node(node),
        )
        for node in model.nodes
    )


def _calico(model: Model, own: tuple[Policy, ...], faults: list[Fault]) -> tuple[tuple[Tier, ...], dict[str, Home]]:
    """Calico's tiers by their order, the policies in each by theirs; Kubernetes' own have one in the default tier."""
    sets = calico_sets.net_sets(of_kinds(model, "netset", "globalnetset"), labels_of_spaces(model, CALICO), faults)
    hosts = hostendpoints.endpoints(of_kinds(model, "hep"), faults)
    around = calico.Surroundings(
        (*sets, *(each.picked for each in hosts)),
        model.services,
        {each.home.ref: each.picked.party for each in hosts},
    )
    known = calico_tiers.tiers(of_kinds(model, "tier"), faults)
    listed = calico.policies(of_kinds(model, "calico-netpol", "gnp"), around, faults)
    listed += [
        calico.Ordered(calico_tiers.DEFAULT, ORDER, f"knp.default.{each.ref.namespace}/{each.ref.name}", each)
        for each in own
    ]
    ranked = admin.policies(of_kinds(model, *ADMINS), faults)
    in_tier: dict[str, list[calico.Ordered]] = {name: [] for name in known}
    for each in listed:
        in_tier.setdefault(each.tier, []).append(each)
    for name in in_tier.keys() - known.keys():
        faults += (
            Fault(each.policy.ref, "/spec/tier", f"`{name}` is a tier that is not known") for each in in_tier[name]
        )
        in_tier[name] = [replace(each, policy=doubted(each.policy)) for each in in_tier[name]]
        known[name] = calico_tiers.UNKNOWN
    in_order = sorted(known, key=lambda name: (known[name].order, name))
    early = tuple(each.early for each in listed if each.early is not None)
    tiers = (
        Tier("host endpoints", early, Action.PASS),
        *(Tier(name, _in_tier(in_tier.get(name, []), name, ranked), known[name].otherwise) for name in in_order),
    )
    return tiers, hostendpoints.homes(hosts, tiers)


def _in_tier(found: list[calico.Ordered], name: str, ranked: admin.Ranked) -> tuple[Policy, ...]:
    listed = [each.policy for each in sorted(found, key=lambda each: (each.order, each.name))]
    if name == "kube-admin":
        listed += ranked.admin
    if name == "kube-baseline":
        listed += ranked.baseline
    return tuple(listed)
