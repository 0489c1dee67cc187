"""The connections of a network as DOT, as a picture and as Mermaid: peers in their namespaces, with ports on arrows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.render import layout
from kpath.render.boxes import Arrow, Box, Network
from kpath.render.escape import MERMAID_CHARACTERS, MERMAID_EDGES
from kpath.render.escape import dot as quoted
from kpath.render.escape import mermaid as escaped
from kpath.semantics.netpol.verdicts import ALLOWED, DENIED

# Kept free for the line that says what was cut.
_RESERVE = 200


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
