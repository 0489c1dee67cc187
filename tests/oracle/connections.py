"""Which connections the network policies leave open, by the reference evaluator: pair by pair and port by port."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from reference import Connection, Party, both_ends
from reference import World as Policies

from oracle.world import Json, Pod, World

METADATA, AGENT = "169.254.169.254", "169.254.170.23"
VPC = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
# Where the internet begins again after what is set apart.
PUBLIC = ("1.0.0.0/8", "11.0.0.0/8", "101.0.0.0/8", "172.32.0.0/11", "193.0.0.0/8")
KINDS = ("NetworkPolicy", "GlobalNetworkPolicy", "ClusterNetworkPolicy", "AdminNetworkPolicy",
         "BaselineAdminNetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy",
         "HostEndpoint")  # fmt: skip
IMAGES = {"calico": ("calico/node",), "cilium": ("cilium/cilium",), "generic": ("kube-router", "antrea")}
ENFORCER = "aws-network-policy-agent"
SWITCH = "--enable-network-policy="
BLOCK = re.compile(r"[0-9.]+/[0-9]+")


@lru_cache(maxsize=2)
def connections(world: World) -> Connections:
    """Those of a world."""
    return Connections(world)


class Connections:
    """Of a world; without an engine that is seen to enforce policies, everything is open."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.documents = [*_others(world), *(_as_document(pod) for pod in world.pods)]
        # Calico has a tier of its own making, with or without policies.
        is_idle = not any(True for _ in world.all(*KINDS))
        engines = [] if is_idle else sorted(_engines(world))
        self.engines = [Policies(self.documents, engine) for engine in engines]
        self.blocks = list(map(ip_network, sorted(set(BLOCK.findall(repr(self.documents))))))

    def between(self, source: Pod, target: Pod, protocol: str = "", port: int = 0) -> bool:
        """Whether a pod gets through to another, on some port or on one."""
        return self._any(source, target, [(protocol, port)] if protocol else self._ports())

    def to(self, source: Pod, addresses: Iterable[str], port: int) -> bool:
        """Whether a pod gets through to one of some addresses."""
        return any(self._any(source, address, [("TCP", port)]) for address in addresses)

    def to_kubelet(self, source: Pod, node: str) -> bool:
        """Whether a pod gets through to the kubelet of a node, whose address may not be known."""
        said = (self.world.node(node).get("status") or {}).get("addresses") or ()
        known = [each["address"] for each in said if each["type"] == "InternalIP"]
        is_exempt = all(each.engine not in ("calico", "cilium") for each in self.engines)
        return (is_exempt and node in source.nodes) or self.to(source, known or self.within(VPC), 10250)

    def into(self, addresses: Iterable[str], target: Pod, protocol: str = "", port: int = 0) -> bool:
        """Whether one of some addresses gets through to a pod, on some port or on one."""
        ports = [(protocol, port)] if protocol else self._ports()
        return any(self._any(address, target, ports) for address in addresses)

    def within(self, ranges: Iterable[str]) -> list[str]:
        """An address of each part of some ranges that no policy tells apart."""
        found = set()
        for each in map(ip_network, ranges):
            found.add(each[0])
            # Where a block begins, and where it is over.
            edges = {int(at) + after for block in self.blocks for at, after in ((block[0], 0), (block[-1], 1))}
            found |= {each[at - int(each[0])] for at in edges if int(each[0]) <= at <= int(each[-1])}
            found |= {at for at in self._of_nodes() if at in each}
        return [str(at) for at in sorted(found)]

    def _of_nodes(self) -> list[IPv4Address | IPv6Address]:
        found = [(self.world.node(node).get("status") or {}).get("addresses") or () for node in self.world.nodes]
        said = [each for listed in found for each in listed]
        return [ip_address(each["address"]) for each in said if each["type"] in ("InternalIP", "ExternalIP")]

    def _ports(self) -> list[tuple[str, int]]:
        numbers = {int(each) for each in re.findall(r"[pP]orts?'?\]?: \[?(\d+)", repr(self.documents))}
        # What host endpoints leave open, the lowest port of each protocol that does in a direction.
        numbers |= {22, 53, 67, 68, 179} if any(True for _ in self.world.all("HostEndpoint")) else set()
        edges = {at for each in numbers for at in (each, each + 1) if at <= 65535} | {1}
        return [(protocol, at) for protocol in ("TCP", "UDP", "SCTP") for at in sorted(edges)]

    def _any(self, source: Pod | str, target: Pod | str, ports: Iterable[tuple[str, int]]) -> bool:
        """Whether every engine lets it through, on the same port."""
        return any(all(self._is_open(each, source, target, *port) for each in self.engines) for port in ports)

    def _is_open(self, seen: Policies, source: Pod | str, target: Pod | str, protocol: str, port: int) -> bool:
        for one in _parties(seen, source):
            for other in _parties(seen, target):
                ends = self._placed(one, other, source, target)
                if both_ends(Connection(seen, *ends, protocol, port)) != "denied":
                    return True
        return False

    def _placed(self, one: Party, other: Party, source: Pod | str, target: Pod | str) -> tuple[Party, Party]:
        """The ends: what can be on no node together is on two."""
        here, there = _places(one, source), _places(other, target)
        if here & there:
            return one, other
        return replace(one, node=_known(source, here) or "here"), replace(other, node=_known(target, there) or "there")


def _known(end: Pod | str, places: set[str]) -> str:
    """The node where something is; a pod that is on none yet may come to one that nothing holds."""
    return min(places, default="") if isinstance(end, str) or end.spec.get("nodeName") else ""


def _places(party: Party, end: Pod | str) -> set[str]:
    if isinstance(end, Pod):
        return end.nodes
    return {party.node} if party.node else set()


def _parties(seen: Policies, end: Pod | str) -> list[Party]:
    return seen.parties(f"{end.namespace}/{end.name}" if isinstance(end, Pod) else end)


def _others(world: World) -> Iterator[Json]:
    for kind in world.objects:
        if kind != "Pod":
            yield from (document for _, _, document in world.all(kind))


def _as_document(pod: Pod) -> Json:
    """A pod as it is, or would be; where it may come to several nodes, on none."""
    meta: Json = {"namespace": pod.namespace, "name": pod.name, "labels": pod.labels}
    if pod.owned:
        meta["ownerReferences"] = [{"kind": "ReplicaSet", "name": "owner"}]
    node = pod.spec.get("nodeName") or None
    return {"kind": "Pod", "metadata": meta, "spec": {**pod.spec, "nodeName": node}, "status": pod.status}


def _engines(world: World) -> set[str]:
    agents = [pod for pod in world.pods if pod.spec.get("hostNetwork")]
    images = [container.get("image") or "" for pod in agents for container in pod.containers]
    found = {engine for engine, names in IMAGES.items() if any(name in image for image in images for name in names)}
    for pod in agents:
        for container in pod.containers:
            if ENFORCER in (container.get("image") or "") and f"{SWITCH}true" in (container.get("args") or ()):
                found.add("vpc-cni")
    return found
