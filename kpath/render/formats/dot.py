from __future__ import annotations

from kpath.refs import Ref
from kpath.render import renderer
from kpath.render.drawing import Drawing, drawing
from kpath.render.escape import dot as quoted
from kpath.render.phrases import short
from kpath.report import Report

# Fill and border by what a ref is: what one starts from, what one wants, what lies between.
_START, _GOAL = ("#dbeafe", "#1d4ed8"), ("#fee2e2", "#b91c1c")
_BETWEEN = {
    "pod": ("#f8fafc", "#475569"), "node": ("#fef3c7", "#b45309"), "imds": ("#fef3c7", "#b45309"),
    "sa": ("#dcfce7", "#15803d"), "user": ("#dcfce7", "#15803d"), "group": ("#dcfce7", "#15803d"),
    "token": ("#dcfce7", "#15803d"), "grant": ("#dcfce7", "#15803d"), "secret": ("#ede9fe", "#6d28d9"),
}  # fmt: skip
_AWS = ("#ffedd5", "#c2410c")


@renderer(suffix=".dot")
def dot(report: Report) -> str:
    """The paths as a graph in Graphviz's language; dashed where a step rests on an assumption."""
    return graph(drawing(report.paths))


def graph(drawn: Drawing) -> str:
    """A drawing as DOT text, the same for the same drawing."""
    lines = [
        "digraph kpath {",
        '  graph [rankdir=LR, bgcolor="white", fontname="Helvetica", nodesep=0.3, ranksep=0.6];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.14,0.07"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#475569", fontcolor="#475569", arrowsize=0.7];',
    ]
    for ref, name in drawn.refs.items():
        fill, line = _colours(ref, drawn)
        bold = ", penwidth=2" if ref in drawn.goals or ref in drawn.starts else ""
        label, whole = quoted(_label(ref)), quoted(ref)
        lines.append(f'  {name} [label={label}, tooltip={whole}, fillcolor="{fill}", color="{line}"{bold}];')
    for edge in drawn.edges:
        style = "" if edge.sure else ", style=dashed"
        label = quoted(" · ".join(edge.ids))
        lines.append(f"  {drawn.refs[edge.source]} -> {drawn.refs[edge.target]} [label={label}{style}];")
    return "\n".join([*lines, "}", ""])


def _label(ref: Ref) -> str:
    return short(ref)


def _colours(ref: Ref, drawn: Drawing) -> tuple[str, str]:
    if ref in drawn.starts:
        return _START
    if ref in drawn.goals:
        return _GOAL
    return _BETWEEN.get(ref.kind, _AWS if ref.startswith("arn:") else _BETWEEN["pod"])
