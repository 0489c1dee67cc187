"""What Jupyter shows of paths: text, a table and a picture; no script, no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from kpath.errors import UsageError
from kpath.render.escape import html
from kpath.render.formats.svg import svg
from kpath.render.formats.table import table
from kpath.render.phrases import assumed, because, short, steps
from kpath.report import Path, Report


def bundle(report: Report) -> dict[str, str]:
    """One entry per MIME type; no picture where nothing can draw one, or there is nothing to draw."""
    found = {"text/plain": table.render(report), "text/html": page(report)}
    if report.paths:
        with suppress(UsageError):
            found["image/svg+xml"] = svg.render(report)
    return found


def page(report: Report) -> str:
    """A table that reads as sentences."""
    body = "".join(row for path in report.paths for row in _rows(path))
    missing = f"<p>not collected: {html(', '.join(report.missing))}</p>" if report.missing else ""
    caption = f"{html(report.source)}: {html(report.verdict)}"
    return f'<table><caption style="text-align:left">{caption}</caption>{body}</table>{missing}'


def _rows(path: Path) -> Iterator[str]:
    said = f"{path.severity.upper()} {html(path.target)}, {steps(len(path.steps))}, {path.confidence} confidence"
    yield f'<tr><th colspan="4" style="text-align:left">{said}</th></tr>'
    for step in path.steps:
        doubts = "".join(f"<br/><em>if {html(assumed(each))}</em>" for each in step.assumptions)
        cells = (html(short(step.source)), f"{html(step.verb)} <code>{step.id}</code>", html(short(step.target)))
        yield "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells)
        yield f'<td style="text-align:left">{html(because(step))}{doubts}</td></tr>'
