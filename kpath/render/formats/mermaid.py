from __future__ import annotations

from kpath.refs import Ref
from kpath.render import renderer
from kpath.render.drawing import Drawing, drawing
from kpath.render.escape import MERMAID_CHARACTERS, MERMAID_EDGES
from kpath.render.escape import mermaid as escaped
from kpath.render.phrases import short
from kpath.report import Report

# Kept free for the line that says what was cut.
_RESERVE = 200


@renderer(suffix=".mmd")
def mermaid(report: Report) -> str:
    """The paths as a Mermaid diagram, within what GitHub draws; says what it cut."""
    return flowchart(drawing(report.paths), report.verdict)


def flowchart(drawn: Drawing, nothing: str = "no path") -> str:
    """A drawing as Mermaid text; of an empty one, what that means."""
    lines = ["flowchart LR"]
    lines += ["  classDef start fill:#dbeafe,stroke:#1d4ed8", "  classDef goal fill:#fee2e2,stroke:#b91c1c"]
    size, shown, cut = sum(map(len, lines)), set[str](), 0
    for number, edge in enumerate(drawn.edges):
        added = [line for ref in (edge.source, edge.target) for line in _node(drawn, ref, shown)]
        arrow = "-->" if edge.sure else "-.->"
        label = escaped(" + ".join(edge.ids))
        added.append(f'  {drawn.refs[edge.source]} {arrow}|"{label}"| {drawn.refs[edge.target]}')
        size += sum(len(line) + 1 for line in added)
        if number >= MERMAID_EDGES or size > MERMAID_CHARACTERS - _RESERVE:
            cut = len(drawn.edges) - number
            break
        lines += added
    if not drawn.edges:
        lines += [line for ref in drawn.refs for line in _node(drawn, ref, shown)] or [f'  n0["{nothing}"]']
    if cut:
        lines.append(f'  cut["{cut} more steps, left out"]')
    return "\n".join(lines) + "\n"


def _node(drawn: Drawing, ref: Ref, shown: set[str]) -> list[str]:
    name = drawn.refs[ref]
    if name in shown:
        return []
    shown.add(name)
    kind = ":::start" if ref in drawn.starts else ":::goal" if ref in drawn.goals else ""
    return [f'  {name}["{escaped(short(ref))}"]{kind}']
