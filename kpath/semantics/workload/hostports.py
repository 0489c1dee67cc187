"""Ports of their node that pods bind."""

from __future__ import annotations

from collections.abc import Container, Iterator
from ipaddress import ip_address

from kpath.evidence import VIA, Evidence, Fact, pointer
from kpath.model import wire_pod
from kpath.model.classes import PodClass
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.semantics.workload.facts import SPEC, fact
from kpath.semantics.workload.targets import TCP, Ports
from kpath.semantics.workload.vantages import vantages


def bound(spec: PodSpec) -> Evidence:
    """The fields that bind a port: a container's `hostPort`, or any port that it declares on the host's network."""
    declared = list(_declared(spec))
    for at, each in declared:
        if each.host_port and not _is_loopback(each.host_ip):
            return (fact(at, "hostPort", value=each.host_port),)
    for at, each in declared if spec.host_network else ():
        if each.container_port:
            return (fact(SPEC, "hostNetwork", value=True), fact(at, "containerPort", value=each.container_port))
    return ()


def ports(spec: PodSpec) -> Ports:
    """The ports of a pod that are bound on its node."""
    found = [
        (each.protocol or TCP, each.container_port)
        for _, each in _declared(spec)
        if each.container_port and (spec.host_network or (each.host_port and not _is_loopback(each.host_ip)))
    ]
    return tuple(dict.fromkeys(found))


def _declared(spec: PodSpec) -> Iterator[tuple[str, wire_pod.Port]]:
    for vantage in vantages(spec):
        for index, each in enumerate(vantage.container.ports or ()):
            yield vantage.at + pointer("ports", index), each


def _is_loopback(address: str | None) -> bool:
    """Whether a port is bound to an address that only the node itself reaches; without one, to all of them."""
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:
        return False


def placed(model: Model, each: PodClass, node: int) -> Evidence:
    """The field that says that a pod of a class is on a node, where one does."""
    # The pod of a DaemonSet that was not collected is on every node, and no field says so.
    return (Fact(VIA, "/spec/nodeName", model.nodes[node].name),) if each.origin is None else ()


def candidates(model: Model, each: PodClass, among: Container[int]) -> list[int]:
    """The first of some nodes that a pod of a class may come to, if any."""
    return [number for number in model.pods.candidates.get(each.number, ()) if number in among][:1]
