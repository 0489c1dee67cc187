from __future__ import annotations

from kpath.render import renderer
from kpath.render.data import as_json
from kpath.render.shape import report_shape
from kpath.report import Report


@renderer(suffix=".json")
def json_(report: Report) -> str:
    """One object, for programs; new fields may come, none goes."""
    return as_json(report_shape(report))
