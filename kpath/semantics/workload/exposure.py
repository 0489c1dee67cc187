"""Which endpoints are reached from outside of the cluster: by a load balancer, an Ingress, a port of a node."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload import hostports, ingresses, isolation
from kpath.semantics.workload.balancers import INTERNET, VPC, of_service
from kpath.semantics.workload.endpoints import backends, endpoints_of, one_each, selector_fact
from kpath.semantics.workload.places import ANYWHERE, NOWHERE

READS = frozenset({"pods", "nodes", "services", "ingresses", "ingress_classes", "network_policies"})
ADMITS = Assumption("the security group of the node admits it")


class Exposure(Struct, frozen=True):
    """Endpoints that one reaches from the internet, or from the VPC, and why."""

    source: Ref
    endpoints: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


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
            yield from _guarded(model, source, pods, (*because, *selector_fact(model, service)), assumes)


@memoised
def by_ingress(model: Model) -> Exposures:
    """By an Ingress that leads to a Service."""
    return tuple(_by_ingress(model))


def _by_ingress(model: Model) -> Iterator[Exposure]:
    behind = backends(model)
    for ref, ingress in model.ingresses.items():
        fronts = ingresses.fronts(model, ref, ingress)
        leads = [each for each in ingresses.services(ref, ingress) if each[0] in behind]
        for source, because, assumes in fronts:
            for service, named in leads:
                facts = (named, *selector_fact(model, service), *because)
                yield from _guarded(model, source, behind[service], facts, assumes)


@memoised
def by_node_port(model: Model) -> Exposures:
    """By a port of every node that leads to a Service."""
    return tuple(_by_node_port(model))


def _by_node_port(model: Model) -> Iterator[Exposure]:
    public = next(iter(_public(model).values()), None)
    for ref, pods in backends(model).items():
        spec = model.services[ref].spec
        port = next(((index, each.node_port) for index, each in enumerate(spec.ports or ()) if each.node_port), None)
        if spec.type in ("NodePort", "LoadBalancer") and port is not None:
            at = pointer("spec", "ports", port[0], "nodePort")
            because = (Fact(ref, "/spec/type", spec.type), Fact(ref, at, str(port[1])), *selector_fact(model, ref))
            yield from _guarded(model, VPC, pods, because, (ADMITS,))
            if public is not None:
                yield from _guarded(model, INTERNET, pods, (*because, public), (ADMITS,))


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


@memoised
def to_the_internet(model: Model) -> Exposures:
    """Everything that one reaches from the internet."""
    every = (*by_balancer(model), *by_ingress(model), *by_node_port(model), *by_host_port(model))
    return tuple(each for each in every if each.source == INTERNET)
