"""Policies that a defender would write, and the ways that they leave open.

Source: Amazon EKS user guide, Learn how EKS Pod Identity grants pods access, for the agent's addresses; Kubernetes
documentation, Network Policies; Calico's reference, Tier: a lone Deny would close everything that no later rule opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import AGENT, METADATA, family, number
from kpath.semantics.netpol.addresses import block as range_of
from kpath.semantics.netpol.parties import families_of
from kpath.semantics.workload.controllers import running
from kpath.snapshot.patch import Patch

Json = dict[str, Any]

SYSTEM = "kube-system"
# Auto Mode answers at this Service from the node; a cache on the node has an address of its own.
RESOLVER, CACHE = Ref("svc/kube-system/kube-dns"), "169.254.20.10"
EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
DNS = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]


def made(version: str, kind: str, ref: Ref, spec: Json) -> Patch:
    """A patch that makes an object."""
    meta = {"name": ref.name} | ({"namespace": ref.namespace} if ref.namespace else {})
    return Patch.create(ref, {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec})


def netpol(namespace: str, name: str, spec: Json) -> Patch:
    """A patch that makes a NetworkPolicy."""
    return made("networking.k8s.io/v1", "NetworkPolicy", Ref(f"netpol/{namespace}/{name}"), spec)


def to_dns(model: Model) -> Json:
    """The way to the cluster's resolvers: their pods, their Service, and a cache on the node where there is one."""
    peers: list[Json] = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SYSTEM}}}]
    service = model.services.get(RESOLVER)
    addresses = [service.spec.cluster_ip or ""] if service is not None else []
    addresses += [CACHE] if running(model, "k8s-dns-node-cache") else []
    found = (ip_address(each) if number(each) is not None else None for each in addresses)
    return {"to": [*peers, *({"ipBlock": {"cidr": f"{at}/{at.max_prefixlen}"}} for at in found if at)], "ports": DNS}


def to_agent(model: Model, namespace: str) -> Iterator[Json]:
    """The way to the agent of Pod Identity, where an account of the namespace has an association."""
    if any(each.namespace == namespace for each in model.pod_identities.values()):
        yield {"to": [{"ipBlock": {"cidr": each}} for each in blocks(model, AGENT)], "ports": [{"port": 80}]}


def to_all_but_metadata(model: Model) -> list[Json]:
    """The way to every pod, and to every address but those of the metadata service."""
    families = sorted(families_of(model) or {4})
    every = [{"cidr": EVERYWHERE[family], "except": blocks(model, METADATA, family)} for family in families]
    return [{"namespaceSelector": {}}, *({"ipBlock": each} for each in every)]


def excepted(model: Model, rule: object) -> object:
    """The peers of a rule without the metadata service; what cannot be read stays as it is."""
    peers = rule.get("to") if isinstance(rule, dict) else None
    if not peers:
        return to_all_but_metadata(model)
    return [_excepted(model, each) for each in peers] if isinstance(peers, list) else peers


def _excepted(model: Model, peer: object) -> object:
    block = peer.get("ipBlock") if isinstance(peer, dict) else None
    return {"ipBlock": _without(model, block)} if isinstance(block, dict) else peer


def _without(model: Model, block: Json) -> Json:
    """A block without the addresses of the metadata service that it has."""
    whole, listed = range_of(str(block.get("cidr"))), block.get("except") or []
    if not isinstance(listed, list):
        return block
    for each in blocks(model, METADATA, family(whole[0])) if whole is not None else ():
        inner = range_of(each)
        if whole is not None and inner is not None and whole[0] <= inner[0] <= whole[1] and each not in listed:
            listed = [*listed, each]
    return {**block, "except": listed} if listed else block


def blocks(model: Model, addresses: Iterable[str], only: int = 0) -> list[str]:
    """Blocks of one address each, of the families that the cluster has, or of one."""
    families = {only} if only else families_of(model) or {4}
    found = map(ip_address, addresses)
    return [f"{each}/{each.max_prefixlen}" for each in found if each.version in families]
