"""What is reached from outside: where something leads in, and the policies of the pods let it in.

Source: Kubernetes documentation, using source IP: a node that hands a connection on in its own name may be the pod's
own, and what comes from there no policy keeps out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import sub

from msgspec import Struct

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.ends import READS as ENDS
from kpath.semantics.netpol.ends import from_internet, from_vpc, held
from kpath.semantics.netpol.engine import engines
from kpath.semantics.netpol.flows import flows, reaching
from kpath.semantics.netpol.policy import INGRESS
from kpath.semantics.netpol.through import Port, Through, unenforced
from kpath.semantics.workload import exposure
from kpath.semantics.workload.balancers import INTERNET
from kpath.semantics.workload.clients import BALANCER, CLIENT, NODE
from kpath.semantics.workload.exposure import Exposure, Exposures
from kpath.semantics.workload.targets import Ports, numbers

PROXIED = Assumption("the policies of the pods let in what leads there", Confidence.MEDIUM)
READS = exposure.READS | ENDS


class Exposed(Struct, frozen=True):
    """Pods that are reached from the internet or from the VPC, and why. Facts of the pod are facts of `VIA`."""

    source: Ref
    pods: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def exposed(model: Model, by: Callable[[Model], Exposures]) -> Iterator[Exposed]:
    """What one kind of exposure comes to."""
    for each in by(model):
        for found in _let_in(model, each):
            pods = each.pods & found.pods
            if len(pods):
                because = (*each.because, *found.of_target)
                yield Exposed(each.source, pods, because, (*each.assumes, *found.assumes))


@memoised
def to_the_internet(model: Model) -> tuple[Exposed, ...]:
    """Everything that one reaches from the internet."""
    ways = (exposure.by_balancer, exposure.by_ingress, exposure.by_node_port, exposure.by_host_port)
    return tuple(each for by in ways for each in exposed(model, by) if each.source == INTERNET)


def _let_in(model: Model, each: Exposure) -> Iterator[Through]:
    """The pods whose policies let in what an exposure leads to them."""
    if each.seen == NODE:
        yield Through(each.pods, ())
    elif each.seen in (CLIENT, BALANCER):
        inner = each.seen == BALANCER or each.source != INTERNET
        yield from _any_port(model, from_vpc if inner else from_internet, _numbers(model, each.pods, each.ports))
    else:
        for port in _numbers(model, each.pods, each.ports):
            yield from _by_proxy(model, port)


def _any_port(
    model: Model, end: Callable[[Model, Port | None], Iterable[Through]], ports: Iterable[Port | None]
) -> Iterator[Through]:
    for port in ports:
        yield from end(model, port)


def _numbers(model: Model, pods: Refs, ports: Ports) -> list[Port | None]:
    """The ports that are led to, by their numbers in the pods; without any, all that there are."""
    return [*numbers(model, pods, ports)] if ports else [None]


@memoised
def _by_proxy(model: Model, port: Port | None) -> tuple[Through, ...]:
    """The pods that let everything in; in doubt, those that let something of the cluster or the VPC in to a port."""
    closed, every = held(model, INGRESS), model.pods.of(model.pods.classes)
    found = flows(model) if port is None else reaching(model, every, *port)
    reached = [each.targets for each in found] + [each.pods for each in from_vpc(model, port)]
    barred = reduce(sub, reached, closed)
    ignored = (Through(closed, *why) for engine in engines(model) for why in unenforced(engine, SOURCE))
    return Through(every - closed, ()), *ignored, Through(closed - barred, (), (PROXIED,))
