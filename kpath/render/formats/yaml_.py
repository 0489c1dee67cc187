from __future__ import annotations

from kpath.render import renderer
from kpath.render.data import as_yaml
from kpath.render.shape import report_shape
from kpath.report import Report


@renderer(suffix=".yaml")
def yaml_(report: Report) -> str:
    """The object of `json`, as YAML."""
    return as_yaml(report_shape(report))
