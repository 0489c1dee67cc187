"""Which pods something leads to from outside of the cluster: by a load balancer, an Ingress, a Gateway, a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from kpath.evidence import SOURCE, VIA, Assumption, Evidence, Fact, moved, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_net import Service
from kpath.refs import Ref
from kpath.semantics.workload import clients, externalips, gateways, hostports, ingresses, routes
from kpath.semantics.workload.balancers import INTERNET, VPC, of_service
from kpath.semantics.workload.clients import CLIENT, PROXY
from kpath.semantics.workload.endpoints import backends, selector_fact
from kpath.semantics.workload.places import ANYWHERE, NOWHERE
from kpath.semantics.workload.targets import TCP, Ports, of_ports, targets

READS = frozenset({
    "pods", "nodes", "services", "ingresses", "ingress_classes", *routes.READS, *gateways.READS,
})  # fmt: skip
ADMITS = Assumption("the security group of the node admits it")


class Exposure(Struct, frozen=True):
    """Pods that something leads to from the internet, or from the VPC, and why; policies may keep them from it.

    `ports` are the ports of the pods that it leads to; without any, nothing says which. `seen` is whose address the
    pods see there, as in `clients`. Facts of a pod are facts of `VIA`.
    """

    source: Ref
    pods: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()
    seen: str = PROXY
    ports: Ports = ()


Exposures = tuple[Exposure, ...]


@memoised
def by_balancer(model: Model) -> Exposures:
    """By the load balancer of a Service."""
    return tuple(_by_balancer(model))


def _by_balancer(model: Model) -> Iterator[Exposure]:
    for service, pods in backends(model).items():
        found = of_service(service, model.services[service])
        if found is not None:
            source, because, assumes = found
            facts = (*because, *selector_fact(model, service))
            for seen, ports in _by_client(model.services[service]):
                yield Exposure(source, pods, facts, assumes, seen, ports)


def _by_client(service: Service) -> Iterator[tuple[str, Ports]]:
    """The ports that a load balancer leads to, by whose address is seen there."""
    found: dict[str, list[tuple[str, int | str]]] = {}
    for each in targets(service):
        found.setdefault(clients.by_balancer(service, each[0]), []).append(each)
    yield from ((seen, tuple(ports)) for seen, ports in found.items())
    if not found:
        yield clients.by_balancer(service, TCP), ()


@memoised
def by_ingress(model: Model) -> Exposures:
    """By an Ingress, or a Gateway and its routes, that lead to a Service."""
    return (*_by_ingress(model), *_by_gateway(model))


def _by_ingress(model: Model) -> Iterator[Exposure]:
    behind = backends(model)
    for ref, ingress in model.ingresses.items():
        fronts = ingresses.fronts(model, ref, ingress)
        leads = [each for each in ingresses.services(ref, ingress) if each[0] in behind]
        for source, because, assumes in fronts:
            for service, port, named in leads:
                facts = (named, *selector_fact(model, service), *because)
                own = model.services[service]
                seen = ingresses.client(model, ref, ingress, own)
                yield Exposure(source, behind[service], facts, assumes, seen, targets(own, port))


def _by_gateway(model: Model) -> Iterator[Exposure]:
    behind = backends(model)
    for ref, route in model.routes.items():
        for lead in routes.leads(model, ref, route):
            if lead.service in behind:
                ports = targets(model.services[lead.service], lead.port)
                because = (*lead.because, *selector_fact(model, lead.service))
                for source, more, doubts in gateways.fronts(model, lead.gateway):
                    assumes = (*lead.assumes, *doubts)
                    yield Exposure(source, behind[lead.service], (*because, *more), assumes, PROXY, ports)


@memoised
def by_node_port(model: Model) -> Exposures:
    """By a port of every node, or an external address that every node takes up, that leads to a Service."""
    return (*_by_node_port(model), *_by_external_address(model))


def _by_node_port(model: Model) -> Iterator[Exposure]:
    public = next(iter(_public(model).values()), None)
    for ref, pods in backends(model).items():
        service = model.services[ref]
        spec = service.spec
        port = next(((index, each.node_port) for index, each in enumerate(spec.ports or ()) if each.node_port), None)
        if spec.type in ("NodePort", "LoadBalancer") and port is not None:
            at = pointer("spec", "ports", port[0], "nodePort")
            because = (Fact(ref, "/spec/type", spec.type), Fact(ref, at, str(port[1])), *selector_fact(model, ref))
            ports, seen = of_ports(each for each in spec.ports or () if each.node_port), clients.by_node(service)
            yield Exposure(VPC, pods, because, (ADMITS,), seen, ports)
            if public is not None:
                yield Exposure(INTERNET, pods, (*because, public), (ADMITS,), seen, ports)


def _by_external_address(model: Model) -> Iterator[Exposure]:
    for ref, pods in backends(model).items():
        service = model.services[ref]
        for source, because in externalips.fronts(ref, service):
            facts = (*because, *selector_fact(model, ref))
            assumes = (ADMITS, externalips.ROUTED)
            yield Exposure(source, pods, facts, assumes, clients.by_node(service), targets(service))


@memoised
def _public(model: Model) -> dict[int, Fact]:
    """The nodes that have an address of the internet, by number, each with the field that says so."""
    found: dict[int, Fact] = {}
    for number, node in enumerate(model.nodes):
        for index, each in enumerate(node.addresses):
            if each.type == "ExternalIP" and each.address:
                found.setdefault(number, Fact(node.ref, pointer("status", "addresses", index, "type"), each.type))
    return found


@memoised
def by_host_port(model: Model) -> Exposures:
    """By a port of the pod's own node."""
    return tuple(_by_host_port(model))


def _by_host_port(model: Model) -> Iterator[Exposure]:
    public = _public(model)
    for each in model.pods.classes:
        facts = moved(hostports.bound(each.spec), SOURCE, VIA)
        if facts:
            pods, ports = model.pods.of([each]), hostports.ports(each.spec)
            for source, there, because, assumes in _on_host(model, each, pods, public):
                # A node hands on what it gets as it came.
                yield Exposure(source, there, (*facts, *because), assumes, CLIENT, ports)


def _on_host(
    model: Model, each: PodClass, pods: Refs, public: Mapping[int, Fact]
) -> Iterator[tuple[Ref, Refs, Evidence, tuple[Assumption, ...]]]:
    """Pods of a class that bind ports of their node: from the internet, where that node is public."""
    yield VPC, pods, (), (ADMITS,)
    for node in set(model.pods.places(pods)[0].tolist()) & public.keys():
        here = model.pods.on(pods, np.array([node], np.int32))
        yield INTERNET, here, (*hostports.placed(model, each, node), public[node]), (ADMITS,)
    for there in hostports.candidates(model, each, public):
        yield INTERNET, model.pods.on(pods, NOWHERE), (public[there],), (ADMITS, ANYWHERE)
