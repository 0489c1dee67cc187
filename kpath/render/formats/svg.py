from __future__ import annotations

from kpath.render import layout, renderer
from kpath.render.drawing import drawing
from kpath.render.formats.dot import graph
from kpath.report import Report


@renderer(suffix=".svg")
def svg(report: Report) -> str:
    """The graph of `dot`, laid out as a picture."""
    return layout.svg(graph(drawing(report.paths)))
