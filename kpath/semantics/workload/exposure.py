"""Which endpoints are reached from outside of the cluster: by a load balancer, an Ingress, a Gateway, a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_net import Service
from kpath.refs import Ref
from kpath.semantics.workload import clients, externalips, gateways, hostports, ingresses, isolation, routes
from kpath.semantics.workload.balancers import INTERNET, VPC, of_service
from kpath.semantics.workload.endpoints import backends, endpoints_of, one_each, selector_fact
from kpath.semantics.workload.places import ANYWHERE, NOWHERE
from kpath.semantics.workload.targets import TCP, Ports, of_ports, targets

READS = frozenset({
    "pods", "nodes", "services", "ingresses", "ingress_classes", "network_policies", *routes.READS, *gateways.READS,
})  # fmt: skip
ADMITS = Assumption("the security group of the node admits it")


class Exposure(Struct, frozen=True):
    """Endpoints that one reaches from the internet, or from the VPC, and why.

    `ports` are the ports of the pods that it leads to; without any, nothing says which. `client` is whether the pods
    see the client's own address there; else they see that of a node, of a load balancer in the VPC, or of a proxy.
    """

    source: Ref
    endpoints: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()
    client: bool = False
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
            for client, ports in _by_client(model.services[service]):
                yield from _led(_guarded(model, source, pods, facts, assumes), ports, client=client)


def _by_client(service: Service) -> Iterator[tuple[bool, Ports]]:
    """The ports that a load balancer leads to: those that see the client, and the others."""
    every = targets(service)
    for client in (True, False):
        ports = tuple(each for each in every if clients.by_balancer(service, each[0]) == client)
        if ports:
            yield client, ports
    if not every:
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
                found = _guarded(model, source, behind[service], facts, assumes)
                yield from _led(found, targets(model.services[service], port), client=False)


def _by_gateway(model: Model) -> Iterator[Exposure]:
    behind = backends(model)
    for ref, route in model.routes.items():
        for lead in routes.leads(model, ref, route):
            if lead.service in behind:
                ports = targets(model.services[lead.service], lead.port)
                because = (*lead.because, *selector_fact(model, lead.service))
                for source, more, doubts in gateways.fronts(model, lead.gateway):
                    assumes = (*lead.assumes, *doubts)
                    found = _guarded(model, source, behind[lead.service], (*because, *more), assumes)
                    yield from _led(found, ports, client=False)


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
            ports, client = of_ports(each for each in spec.ports or () if each.node_port), clients.by_node(service)
            yield from _led(_guarded(model, VPC, pods, because, (ADMITS,)), ports, client=client)
            if public is not None:
                found = _guarded(model, INTERNET, pods, (*because, public), (ADMITS,))
                yield from _led(found, ports, client=client)


def _by_external_address(model: Model) -> Iterator[Exposure]:
    for ref, pods in backends(model).items():
        service = model.services[ref]
        for source, because in externalips.fronts(ref, service):
            facts = (*because, *selector_fact(model, ref))
            found = _guarded(model, source, pods, facts, (ADMITS, externalips.ROUTED))
            yield from _led(found, targets(service), client=clients.by_node(service))


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
        facts = hostports.bound(each.spec)
        if facts:
            # A node hands on what it gets as it came.
            yield from _led(_on_host(model, each, facts, public), hostports.ports(each.spec), client=True)


def _on_host(model: Model, each: PodClass, facts: Evidence, public: Mapping[int, Fact]) -> Iterator[Exposure]:
    """Pods of a class that bind ports of their node: from the internet, where that node is public."""
    pods = model.pods.of([each])
    for pod in one_each(model, pods):
        yield from _at(model, VPC, pod, facts, (), (ADMITS,))
    here = model.pods.on(pods, np.array(sorted(public), np.int32))
    for pod in one_each(model, here):
        placed, node = hostports.placed(model, each, pod)
        yield from _at(model, INTERNET, pod, facts, (*placed, public[node]), (ADMITS,))
    for there in hostports.candidates(model, each, public):
        for pod in one_each(model, model.pods.on(pods, NOWHERE)):
            yield from _at(model, INTERNET, pod, facts, (public[there],), (ADMITS, ANYWHERE))


def _at(
    model: Model, source: Ref, pod: Ref, facts: Evidence, more: Evidence, assumes: tuple[Assumption, ...]
) -> Iterator[Exposure]:
    because = (*(model.bound(fact, pod, pod) for fact in facts), *more)
    yield from _guarded(model, source, model.names.refs([pod]), because, assumes)


def _guarded(
    model: Model, source: Ref, pods: Refs, because: Evidence, assumes: tuple[Assumption, ...]
) -> Iterator[Exposure]:
    for endpoints, doubts in isolation.receivers(model, endpoints_of(model, pods)):
        yield Exposure(source, endpoints, because, (*assumes, *doubts))


def _led(found: Iterator[Exposure], ports: Ports, *, client: bool) -> Iterator[Exposure]:
    """Exposures with the ports that they lead to, and whose address is seen there."""
    for each in found:
        yield replace(each, ports=ports, client=client)


@memoised
def to_the_internet(model: Model) -> Exposures:
    """Everything that one reaches from the internet."""
    every = (*by_balancer(model), *by_ingress(model), *by_node_port(model), *by_host_port(model))
    return tuple(each for each in every if each.source == INTERNET)
