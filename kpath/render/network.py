"""The connections of a network as a drawing: peers in their namespaces, arrows with their ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from kpath.query.blocks import Block, folded
from kpath.query.connections import Connections
from kpath.query.sides import Peer, Side
from kpath.render import layout
from kpath.render.escape import MERMAID_CHARACTERS, MERMAID_EDGES
from kpath.render.escape import dot as quoted
from kpath.render.escape import mermaid as escaped
from kpath.semantics.netpol.universe import bits
from kpath.semantics.netpol.verdicts import ALLOWED, DENIED

# How many peers that are alike a box names, and how many reasons an arrow tells.
_NAMED, _TOLD = 8, 3
# Kept free for the line that says what was cut.
_RESERVE = 200
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
    told = found.folded if len(found.folded) <= layout.MOST_EDGES else ()
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


def dot(drawn: Network) -> str:
    """The drawing in Graphviz's language: dashed where it may be, dotted and red where it is denied."""
    lines = [
        "digraph kpath {",
        '  graph [rankdir=LR, bgcolor="white", fontname="Helvetica", fontsize=11, nodesep=0.25, ranksep=0.9, '
        'remincross=true];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.14,0.07", '
        'fillcolor="#f8fafc", color="#475569"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#475569", fontcolor="#475569", arrowsize=0.7];',
    ]  # fmt: skip
    for number, (namespace, names) in enumerate(_spaces(drawn).items()):
        inside = [f"    {name} [label={_text(drawn.boxes[name])}];" for name in names]
        head = f"  subgraph cluster_{number} {{"
        style = f'    label={quoted(namespace)}; style="rounded,filled"; fillcolor="#eef2ff"; color="#a5b4fc";'
        lines += [head, style, *inside, "  }"]
    outside = ', shape=ellipse, fillcolor="#fef3c7", color="#b45309"'
    lines += (f"  {name} [label={_text(box)}{outside}];" for name, box in drawn.boxes.items() if not box.namespace)
    hub = ', shape=box, style=filled, fontsize=9, margin="0.06,0.03", fillcolor="white", color="#cbd5e1"'
    lines += (f"  {name} [label={quoted(ports)}{hub}];" for name, ports in drawn.hubs.items())
    for each in drawn.arrows:
        lines.append(f"  {each.source} -> {each.target} [{', '.join(_style(each, drawn))}];")
    return "\n".join([*lines, "}", ""])


def svg(drawn: Network) -> str:
    """The graph of `dot`, laid out as a picture."""
    return layout.svg(dot(drawn))


def _style(each: Arrow, drawn: Network) -> Iterator[str]:
    yield f"label={quoted(each.ports)}"
    if each.whys:
        yield f"tooltip={quoted(' ; '.join(each.whys))}"
    if each.is_both:
        yield "dir=both"
    if each.verdict == DENIED:
        yield 'style=dotted, color="#b91c1c", fontcolor="#b91c1c"'
    elif each.verdict != ALLOWED:
        yield "style=dashed"


def _text(box: Box) -> str:
    return '"' + "\\n".join(quoted(name)[1:-1] for name in box.names) + '"'


def _spaces(drawn: Network) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, box in drawn.boxes.items():
        if box.namespace:
            found.setdefault(box.namespace, []).append(name)
    return found


def mermaid(drawn: Network) -> str:
    """The drawing as a Mermaid diagram, within what GitHub draws; says what it cut."""
    kept, lines = _kept(drawn), ["flowchart LR"]
    shown = {end for each in kept for end in (each.source, each.target)} if drawn.arrows else {*drawn.boxes}
    for number, (namespace, names) in enumerate(_spaces(drawn).items()):
        inside = [f'    {name}["{_lines(drawn.boxes[name].names)}"]' for name in names if name in shown]
        lines += [f'  subgraph s{number}["{escaped(namespace)}"]', *inside, "  end"] if inside else []
    lines += (
        f'  {name}(["{_lines(box.names)}"])'
        for name, box in drawn.boxes.items() if not box.namespace and name in shown
    )  # fmt: skip
    lines += (f'  {name}["{escaped(ports)}"]' for name, ports in drawn.hubs.items() if name in shown)
    lines += map(_line, kept)
    if not drawn.arrows and not shown:
        lines.append('  n0["nothing is allowed"]')
    if len(kept) < len(drawn.arrows):
        lines.append(f'  cut["{len(drawn.arrows) - len(kept)} more connections, left out"]')
    return "\n".join(lines) + "\n"


def _kept(drawn: Network) -> tuple[Arrow, ...]:
    """As many arrows as there is room for, with the boxes that they need."""
    size, seen = 0, set[str]()
    for number, each in enumerate(drawn.arrows[: MERMAID_EDGES + 1]):
        for end in {each.source, each.target} - seen:
            seen.add(end)
            box = drawn.boxes.get(end)
            # Every box may bring its namespace with it.
            size += 40 + len(_lines(box.names) + escaped(box.namespace) if box else escaped(drawn.hubs[end]))
        size += len(_line(each)) + 1
        if number >= MERMAID_EDGES or size > MERMAID_CHARACTERS - _RESERVE:
            return drawn.arrows[:number]
    return drawn.arrows


def _line(each: Arrow) -> str:
    arrow = ("<" if each.is_both else "") + ("-->" if each.verdict == ALLOWED else "-.->")
    label = f'|"{escaped(each.ports)}"|' if each.ports else ""
    return f"  {each.source} {arrow}{label} {each.target}"


def _lines(names: Iterable[str]) -> str:
    return "<br/>".join(map(escaped, names))
