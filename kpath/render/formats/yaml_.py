from __future__ import annotations

import yaml

from kpath.render import renderer
from kpath.render.shape import report_shape
from kpath.report import Report


@renderer(suffix=".yaml")
def yaml_(report: Report) -> str:
    """The object of `json`, as YAML."""
    text: str = yaml.safe_dump(report_shape(report), sort_keys=False, allow_unicode=False, width=120)
    return text
