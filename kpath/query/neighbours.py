"""What nodes and their pods exchange whatever the policies say, peer by peer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from kpath.query.sides import Side
from kpath.semantics.netpol.beside import Whereabouts, of_addresses, on_host, reaches_own_node, whereabouts
from kpath.semantics.netpol.joint import Joint
from kpath.semantics.netpol.universe import set_of

# Senders and receivers: sets of peers.
Ends = tuple[int, int]


class Beside(Struct, frozen=True):
    """Senders and receivers that share a node, where that is certain or where it may be."""

    sources: int
    targets: int
    sure: bool


def beside(joint: Joint, senders: Side, receivers: Side, known: Sequence[Ends]) -> Iterator[Beside]:
    """Those that share a node with it or its host network; without those that `known` has anyway."""
    if not joint.networks:
        return
    from_, to = _places(joint, senders), _places(joint, receivers)
    for (nodes, pods), sure in _facing(joint, senders, receivers, (from_, to), known):
        yield Beside(nodes, pods, sure)
    answer = reaches_own_node(joint.engines)
    if answer is not False:
        turned = [(targets, sources) for sources, targets in known]
        for (nodes, pods), sure in _facing(joint, receivers, senders, (to, from_), turned):
            yield Beside(pods, nodes, sure and answer is True)


def _places(joint: Joint, side: Side) -> Whereabouts:
    """Where peers are; of addresses, those that are one node's alone."""
    sizes = [len(each) for each in side.members]
    members = np.concatenate([*side.members, np.zeros(0, np.int32)])
    groups = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    found = whereabouts(joint.model, members, groups, len(sizes))
    single = [
        each.ranges[0][0] if len(each.ranges) == 1 and each.ranges[0][0] == each.ranges[0][1] else None
        for each in side.peers
    ]
    own = of_addresses(joint.model, single)
    return Whereabouts(found.surely | own.surely, found.perhaps | own.perhaps)


def _facing(
    joint: Joint, nodes: Side, pods: Side, places: tuple[Whereabouts, Whereabouts], known: Iterable[Ends]
) -> Iterator[tuple[Ends, bool]]:
    """Peers that have the address of a node, with the pods that are there."""
    at, own = places
    is_host = on_host(joint.model, np.arange(len(joint.model.pods), dtype=np.int32))
    hosts = [
        number
        for number, members in enumerate(nodes.members)
        if (is_host[members].any() if len(members) else at.surely[number].any())
    ]
    if not hosts:
        return
    listed = list(known)
    together: dict[tuple[int, bool], list[int]] = {}
    for host, surely, perhaps in zip(hosts, *_meeting(at, own, hosts), strict=True):
        anyway = 0
        for sources, targets in listed:
            anyway |= targets if sources >> host & 1 else 0
        there, maybe = (
            set_of(np.flatnonzero(flags).tolist(), len(pods.peers)) & pods.pods & ~anyway
            for flags in (surely, perhaps)
        )  # fmt: skip
        for peers, sure in ((there, True), (maybe & ~there, False)):
            if peers:
                together.setdefault((peers, sure), []).append(host)
    for (peers, sure), numbers in together.items():
        yield (set_of(numbers, len(nodes.peers)), peers), sure


def _meeting(at: Whereabouts, own: Whereabouts, hosts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return Whereabouts(at.surely[hosts], at.perhaps[hosts]).facing(own)
