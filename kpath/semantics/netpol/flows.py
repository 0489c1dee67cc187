"""Which pods get through to which others: products of both ends, and what no policy of either end can forbid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from kpath.evidence import SOURCE, VIA, Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.netpol.engine import HOST_NETWORK, Engine, engines
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.policy import EGRESS, INGRESS
from kpath.semantics.netpol.ports import EVERY, Span, common
from kpath.semantics.netpol.reach import products
from kpath.semantics.netpol.rows import FREE, NO_POLICY, Reason
from kpath.semantics.netpol.through import Through, joined, told, unenforced
from kpath.semantics.workload.places import standing
from kpath.semantics.workload.vantages import vantages
from kpath.verdict import Allowed

UNHEARD = Assumption("something listens on a port that its containers do not declare", Confidence.LOW)


class Flow(Struct, frozen=True):
    """Every one of some pods gets through to every one of others, on some ports.

    Facts of the one are facts of `SOURCE`, those of the other of `VIA`.
    """

    sources: Refs
    targets: Refs
    ports: tuple[Span, ...]
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


@memoised
def flows(model: Model) -> tuple[Flow, ...]:
    """Who gets through to whom. Where two engines hold the same pods, both have to let them through."""
    found, *others = (list(_flows(model, each)) for each in engines(model))
    for other in others:
        found = _both(found, other)
    return tuple(found)


def reaching(model: Model, targets: Refs, protocol: str, port: int) -> Iterator[Flow]:
    """Who gets through to a port of some pods."""
    for each in flows(model):
        there = each.targets & targets
        if len(there) and _is_in(protocol, port, each.ports):
            yield replace(each, targets=there)


def listening(model: Model, flow: Flow) -> Iterator[tuple[Refs, tuple[Assumption, ...]]]:
    """The receivers that declare some port that gets through, or none at all; apart, in doubt, those with others."""
    pods = flow.targets
    known = _listening(model, flow.ports)[model.pods.columns.cls[pods.ids]]
    for ids, doubts in ((pods.ids[known], ()), (pods.ids[~known], (UNHEARD,))):
        if len(ids):
            yield Refs(model.names, ids), doubts


@memoised
def _listening(model: Model, ports: tuple[Span, ...]) -> NDArray[np.bool_]:
    """For each class of pods, whether it may be that something listens on some ports, by what it declares."""
    declared = (
        [
            (port.protocol or "TCP", port.container_port)
            for each in vantages(one.spec)
            for port in each.container.ports or ()
        ]
        for one in model.pods.classes
    )
    return np.array(
        [ports == EVERY.spans or not said or any(_is_in(*each, ports) for each in said) for said in declared], np.bool_
    )


def _is_in(protocol: str, port: int | None, ports: Iterable[Span]) -> bool:
    return any(each.protocol == protocol and each.first <= (port or 0) <= each.last for each in ports)


def _both(some: list[Flow], others: list[Flow]) -> list[Flow]:
    met = (
        Flow(one.sources & other.sources, one.targets & other.targets, common(one.ports, other.ports),
             joined(one.because, other.because), joined(one.assumes, other.assumes))
        for one in some
        for other in others
    )  # fmt: skip
    return [each for each in met if len(each.sources) and len(each.targets) and each.ports]


def _flows(model: Model, engine: Engine) -> Iterator[Flow]:
    every = model.pods.of(model.pods.classes)
    seen = network(model, engine)
    yield from _between_pods(seen)
    yield from _on_one_node(seen)
    if seen.reading.tiers:
        yield from (Flow(every, every, EVERY.spans, *each) for each in unenforced(engine, SOURCE, VIA))


def _between_pods(seen: Network) -> Iterator[Flow]:
    @cache
    def sent(parties: int, reason: Reason, is_sure: bool) -> tuple[Through, ...]:
        return tuple(told(seen, parties, (reason,), is_sure=is_sure))

    @cache
    def received(parties: int, reason: Reason, is_sure: bool) -> tuple[Through, ...]:
        return tuple(map(_receiving, sent(parties, reason, is_sure)))

    ports = cache(lambda mask: tuple(seen.cells.spans(mask)))
    for each in products(seen, seen.universe.pods, seen.universe.pods):
        # Where nothing is enforced, what policies say does not matter.
        if seen.engine.enforces or {each.out, each.into} <= {FREE, NO_POLICY}:
            for sender in sent(each.sources, each.out, not each.doubts[0]):
                for receiver in received(each.targets, each.into, not each.doubts[1]):
                    yield _joined(sender, receiver, ports(each.ports))


def _receiving(each: Through) -> Through:
    """The same, told of `VIA`."""
    return replace(each, because=each.of_target)


def _joined(sender: Through, receiver: Through, ports: tuple[Span, ...]) -> Flow:
    because, assumes = joined(sender.because, receiver.because), joined(sender.assumes, receiver.assumes)
    return Flow(sender.pods, receiver.pods, ports, because, assumes)


def _on_one_node(seen: Network) -> Iterator[Flow]:
    """A node and the pods on it: it reaches them whatever their policies, and under most engines they reach it."""
    hosts, _ = seen.model.pods.those(seen.pods(seen.universe.pods), lambda each: bool(each.spec.host_network))
    found = list(_on_host(seen.model, hosts)) if len(hosts) else []
    yield from _beside(found, _on_node(seen.model, seen.closed(INGRESS)))
    if not seen.engine.asks_at_own_node:
        yield from _beside(_on_node(seen.model, seen.closed(EGRESS)), found)


def _on_host(model: Model, hosts: Refs) -> Iterator[tuple[Node, Through]]:
    for node, each in _on_node(model, hosts):
        yield node, replace(each, because=(HOST_NETWORK, *each.because))


def _on_node(model: Model, pods: Refs) -> Iterator[tuple[Node, Through]]:
    for place in standing(model, pods, Allowed(())):
        yield place.node, Through(place.pods, place.because, place.assumes)


def _beside(senders: Iterable[tuple[Node, Through]], receivers: Iterable[tuple[Node, Through]]) -> Iterator[Flow]:
    """Pods and others that are on the same node, or may be."""
    by_node: dict[Ref, list[Through]] = {}
    for node, sender in senders:
        by_node.setdefault(node.ref, []).append(sender)
    for node, each in receivers:
        receiver = _receiving(each)
        for sender in by_node.get(node.ref, ()):
            yield _joined(sender, receiver, EVERY.spans)
