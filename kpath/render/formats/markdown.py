from __future__ import annotations

from kpath.render import renderer
from kpath.render.drawing import drawing
from kpath.render.escape import markdown as escaped
from kpath.render.formats.mermaid import flowchart
from kpath.render.phrases import because, steps
from kpath.report import Report


@renderer(suffix=".md")
def markdown(report: Report) -> str:
    """A list of paths and their diagram, for a comment in a review."""
    lines = [f"**{escaped(report.source)}**: {report.verdict}", ""]
    for path in report.paths:
        lines.append(
            f"- **{path.severity.upper()}** {escaped(path.target)}, {steps(len(path.steps))}, {path.confidence}"
        )
        for _, step in path.chain():
            lines.append(f"  1. `{step.id}` {escaped(step.target)}: {escaped(because(step))}")
        if path.broken_by:
            lines.append(f"  - broken by: {escaped(' · '.join(path.broken_by))}")
    if report.paths:
        lines += ["", "```mermaid", flowchart(drawing(report.paths)).rstrip(), "```"]
    if report.missing:
        lines += ["", f"Not collected: {escaped(', '.join(report.missing))}"]
    return "\n".join(lines) + "\n"
