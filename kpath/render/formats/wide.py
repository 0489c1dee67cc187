from __future__ import annotations

from collections.abc import Iterator

from kpath.render import renderer
from kpath.render.escape import plain
from kpath.render.explained import explained_step
from kpath.render.formats.table import ending, heading
from kpath.render.phrases import steps
from kpath.report import Path, Report


@renderer(suffix=".txt")
def wide(report: Report) -> str:
    """Every step with every fact, its file, ATT&CK technique, difficulty and noise."""
    return (
        "\n".join([*heading(report), *(line for path in report.paths for line in _path(path)), *ending(report)]) + "\n"
    )


def _path(path: Path) -> Iterator[str]:
    yield ""
    yield f"{path.severity.upper()}  {plain(path.target)}   {steps(len(path.steps))}   {path.confidence} confidence"
    for step in path.steps:
        sentence, *rest = explained_step(step)
        marks = f"{' '.join(step.attack)}  difficulty {step.difficulty}  noise {step.noise}  gain {step.gain}"
        yield f"  {sentence}    {marks}"
        yield from (f"  {line}" for line in rest)
        if step.witnesses > 1:
            yield f"      {step.witnesses - 1} more reason" + "s" * (step.witnesses > 2)
    if path.like:
        yield "  likewise: " + ", ".join(plain(ref) for ref in path.like)
    if path.others:
        yield "  also from: " + ", ".join(plain(ref) for ref in path.others)
    if path.broken_by:
        yield "  broken by: " + " · ".join(plain(each) for each in path.broken_by)
