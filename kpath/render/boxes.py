"""The connections of a network as boxes and arrows: peers that are alike together, hubs between many and many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from kpath.query.blocks import Block, folded
from kpath.query.connections import Connections
from kpath.query.sides import Peer, Side
from kpath.render.layout import MOST_EDGES
from kpath.semantics.netpol.universe import bits
from kpath.semantics.netpol.verdicts import DENIED

# How many peers that are alike a box names, and how many reasons an arrow tells.
_NAMED, _TOLD = 8, 3
_LONGEST = 40


class Box(Struct, frozen=True):
    """Peers of one namespace that have the same connections; without one, addresses."""

    namespace: str
    names: tuple[str, ...]


class Arrow(Struct, frozen=True):
    """From a box to a box or a hub, or from a hub; a hub stands between many senders and many receivers."""

    source: str
    target: str
    ports: str
    verdict: str
    whys: tuple[str, ...] = ()
    is_both: bool = False


class Network(Struct, frozen=True):
    """What is drawn: boxes and hubs by number, and the arrows between them."""

    boxes: Mapping[str, Box]
    hubs: Mapping[str, str]
    arrows: tuple[Arrow, ...]


def drawing(found: Connections) -> Network:
    """The connections as few boxes and arrows."""
    merged = _merged(found)
    boxes, box_of = _boxes(found, merged)
    hubs: dict[str, str] = {}
    arrows: list[Arrow] = []
    direct: dict[tuple[str, str, str], tuple[int, dict[str, None]]] = {}
    for each, whys in merged.items():
        sources, targets = (
            [*dict.fromkeys(box_of[peer.name] for peer in _peers(side, peers))] for side, peers in _ends(found, each)
        )
        if len(sources) * len(targets) > len(sources) + len(targets):
            hub = f"n{len(boxes) + len(hubs)}"
            hubs[hub] = _label(found.ports(each.ports), each.verdict)
            both = {*sources} & {*targets}
            arrows += (Arrow(source, hub, "", each.verdict, whys, source in both) for source in sources)
            arrows += (Arrow(hub, target, "", each.verdict, whys) for target in targets if target not in both)
            continue
        for source, target in product(sources, targets):
            # The replicas of one controller among themselves say little.
            if source != target or len(boxes[source].names) > 1:
                ports, told = direct.get((source, target, each.verdict), (0, {}))
                direct[source, target, each.verdict] = ports | each.ports, told | dict.fromkeys(whys)
    arrows += (
        Arrow(source, target, _label(found.ports(ports), verdict), verdict, tuple(told)[:_TOLD])
        for (source, target, verdict), (ports, told) in direct.items()
    )
    return Network(boxes, hubs, tuple(sorted(arrows, key=_order)))


def _boxes(found: Connections, blocks: Iterable[Block]) -> tuple[dict[str, Box], dict[str, str]]:
    """Those of one namespace that are in the same blocks as one box; and the box of each name."""
    peers: dict[str, Peer] = {}
    places: dict[str, list[tuple[int, int]]] = {}
    for number, each in enumerate(blocks):
        for end, (side, members) in enumerate(_ends(found, each)):
            for peer in _peers(side, members):
                peers[peer.name] = peer
                places.setdefault(peer.name, []).append((number, end))
    groups: dict[object, list[Peer]] = {}
    for name, peer in peers.items():
        groups.setdefault((peer.namespace, tuple(places[name])) if peer.pods else name, []).append(peer)
    ordered = sorted(groups.values(), key=lambda each: (not each[0].pods, each[0].namespace, each[0].name))
    boxes = {f"n{number}": _box(each) for number, each in enumerate(ordered)}
    return boxes, {peer.name: f"n{number}" for number, each in enumerate(ordered) for peer in each}


def _ends(found: Connections, each: Block) -> tuple[tuple[Side, int], tuple[Side, int]]:
    return (found.senders, each.sources), (found.receivers, each.targets)


def _merged(found: Connections) -> dict[Block, tuple[str, ...]]:
    """The blocks without their reasons, each with the first of those it had."""
    is_any = any(each.verdict != DENIED for each in found.folded)
    by_ends: dict[tuple[int, int, str], int] = {}
    # What is denied is drawn where it is all that there is to say.
    for each in (each for each in found.folded if each.verdict != DENIED or not is_any):
        key = (each.sources, each.targets, each.verdict)
        by_ends[key] = by_ends.get(key, 0) | each.ports
    blocks = folded(_with_outside(found, [Block(*key[:2], ports, key[2], "") for key, ports in by_ends.items()]))
    # More than a picture holds is told no reasons.
    told = found.folded if len(found.folded) <= MOST_EDGES else ()
    return {each: tuple(dict.fromkeys(one.why for one in told if _meet(one, each)))[:_TOLD] for each in blocks}


def _meet(one: Block, other: Block) -> bool:
    is_alike = one.verdict == other.verdict and one.ports & other.ports == one.ports
    return is_alike and bool(one.sources & other.sources and one.targets & other.targets)


def _with_outside(found: Connections, blocks: Sequence[Block]) -> Iterator[Block]:
    """Addresses that reach the same pods as some pods do, together with these: among addresses, that says nothing."""
    pods = found.receivers.pods
    inner = {(each.targets & pods, each.ports, each.verdict) for each in blocks if each.sources & found.senders.pods}
    outer: dict[tuple[int, int, str], int] = {}
    for each in blocks:
        key = (each.targets, each.ports, each.verdict)
        if not each.sources & found.senders.pods and key in inner:
            outer[key] = each.sources
    for each in blocks:
        if each.sources & found.senders.pods:
            yield replace(each, sources=each.sources | outer.get((each.targets & pods, each.ports, each.verdict), 0))
        elif (each.targets, each.ports, each.verdict) not in outer:
            yield each


def _peers(side: Side, peers: int) -> Iterator[Peer]:
    return (side.peers[number] for number in bits(peers))


def _box(peers: Sequence[Peer]) -> Box:
    """The peers by their names; of a pod or controller without its namespace, which is written around it."""
    names = [peer.name.removeprefix(f"{peer.namespace}/") if peer.pods else peer.name for peer in peers]
    more = len(names) - _NAMED
    shown = names if more <= 1 else [*names[:_NAMED], f"… {more:,} more"]
    return Box(peers[0].namespace, tuple(shown))


def _label(ports: str, verdict: str) -> str:
    if verdict == DENIED:
        return DENIED
    return ports if len(ports) <= _LONGEST else ports[: _LONGEST - 1] + "…"


def _order(each: Arrow) -> tuple[int, int, str]:
    return int(each.source[1:]), int(each.target[1:]), each.verdict
