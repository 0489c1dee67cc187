from __future__ import annotations

import json

from kpath.render import renderer
from kpath.render.shape import report_shape
from kpath.report import Report


@renderer(suffix=".json")
def json_(report: Report) -> str:
    """One object, for programs; new fields may come, none goes."""
    text = json.dumps(report_shape(report), indent=2, ensure_ascii=True, allow_nan=False)
    # The one control character that ASCII output leaves as it is.
    return text.replace("\x7f", "\\u007f") + "\n"
