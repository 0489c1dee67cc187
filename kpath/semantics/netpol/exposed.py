"""What is reached from outside: where something leads in, and the policies of the pods let it in.

Source: Kubernetes documentation, using source IP: a node that hands a connection on in its own name may be the pod's
own, and what comes from there no policy keeps out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import sub

from msgspec import Struct

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.barred import holding
from kpath.semantics.netpol.ends import READS as ENDS
from kpath.semantics.netpol.ends import from_internet, from_vpc, held
from kpath.semantics.netpol.engine import engines
from kpath.semantics.netpol.flows import flows, reaching
from kpath.semantics.netpol.policy import INGRESS
from kpath.semantics.netpol.through import Port, Through, unenforced
from kpath.semantics.workload import exposure
from kpath.semantics.workload.balancers import INTERNET, VPC
from kpath.semantics.workload.clients import BALANCER, CLIENT, NODE
from kpath.semantics.workload.exposure import Exposure, Exposures
from kpath.semantics.workload.targets import numbered

PROXIED = Assumption("the policies of the pods let in what leads there", Confidence.MEDIUM)
READS = exposure.READS | ENDS


class Exposed(Struct, frozen=True):
    """Pods that are reached from the internet or from the VPC, and why. Facts of the pod are facts of `VIA`."""

    source: Ref
    pods: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def reached(model: Model, by: Callable[[Model], Exposures]) -> Iterator[Exposed]:
    """What one kind of exposure comes to."""
    for each in by(model):
        for among, port in _led(model, each):
            for found in _let_in(model, each, port):
                pods = among & found.pods
                if len(pods):
                    because = (*each.because, *found.of_target)
                    yield Exposed(each.source, pods, because, (*each.assumes, *found.assumes))


@memoised
def to_the_internet(model: Model) -> tuple[Exposed, ...]:
    """Everything that one reaches from the internet."""
    ways = (exposure.by_balancer, exposure.by_ingress, exposure.by_node_port, exposure.by_host_port)
    return tuple(each for by in ways for each in reached(model, by) if each.source == INTERNET)


def _led(model: Model, each: Exposure) -> Iterator[tuple[Refs, Port | None]]:
    """The ports that are led to, by their numbers in the pods that have them; without any, all that there are."""
    if not each.ports or each.seen == NODE:
        yield each.pods, None
        return
    for protocol, port in each.ports:
        for number, pods in numbered(model, each.pods, protocol, port):
            yield pods, (protocol, number)


def _let_in(model: Model, each: Exposure, port: Port | None) -> Iterable[Through]:
    """The pods whose policies let in what an exposure leads to them."""
    if each.seen == NODE:
        closed = held(model, INGRESS)
        return Through(each.pods - closed, ()), Through(each.pods & closed, _by_own_node(model, each))
    if each.seen == CLIENT and each.source == INTERNET:
        return from_internet(model, port)
    return from_vpc(model, port) if each.seen in (CLIENT, BALANCER) else _by_proxy(model, port)


def _by_own_node(model: Model, each: Exposure) -> Evidence:
    """Why policies do not keep out what comes by a node: in the node's name, which may be the pod's own."""
    services = (fact.of for fact in each.because if fact.of in model.services)
    return tuple(
        Fact(service, "/spec/externalTrafficPolicy", model.services[service].spec.external_traffic_policy)
        for service in islice(services, 1)
    )


def kept_out(model: Model, by: Callable[[Model], Exposures], holds: Callable[[Ref], bool]) -> Iterator[Exposed]:
    """The pods that one kind of exposure would lead somebody to, if their policies let it in: with these."""
    for each in by(model) if holds(INTERNET) or holds(VPC) else ():
        let = [found.pods for among, port in _led(model, each) for found in _let_in(model, each, port)]
        for one in holding(model, reduce(sub, let, each.pods), INGRESS) if holds(each.source) else ():
            yield Exposed(each.source, one.pods, one.because, ())


@memoised
def _by_proxy(model: Model, port: Port | None) -> tuple[Through, ...]:
    """The pods that let everything in; in doubt, those that let something of the cluster or the VPC in to a port."""
    closed, every = held(model, INGRESS), model.pods.of(model.pods.classes)
    found = flows(model) if port is None else reaching(model, every, *port)
    some = [each.targets for each in found] + [each.pods for each in from_vpc(model, port)]
    barred = reduce(sub, some, closed)
    ignored = (Through(closed, *why) for engine in engines(model) for why in unenforced(engine, SOURCE))
    return Through(every - closed, ()), *ignored, Through(closed - barred, (), (PROXIED,))
