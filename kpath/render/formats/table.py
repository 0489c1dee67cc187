from __future__ import annotations

from collections.abc import Iterator

from kpath.render import renderer
from kpath.render.escape import padded, plain, width
from kpath.render.phrases import assumed, because, counted, short, steps
from kpath.report import Path, Report

# The columns that a heading fills, and how much of a line the evidence may take.
_COLUMNS = 100
_EVIDENCE = 140
_TARGET = 44
# How many further sources are named.
_OTHERS = 3


@renderer(suffix=".txt")
def table(report: Report) -> str:
    """Paths as chains, a line a step."""
    return (
        "\n".join([*heading(report), *(line for path in report.paths for line in _path(path)), *ending(report)]) + "\n"
    )


def heading(report: Report) -> Iterator[str]:
    """What was asked of what, and how it came out."""
    snapshot = report.snapshot
    where = f"{plain(snapshot.name)}: {counted(snapshot.pods, 'pod')}, {counted(snapshot.nodes, 'node')}"
    where += f", {len(snapshot.clusters)} clusters" if snapshot.clusters else ""
    where += f", {counted(snapshot.accounts, 'account')}" if snapshot.accounts else ", no AWS account"
    if report.verdict == "path":
        goals = len({ref for path in report.paths for ref in (path.target, *path.like)})
        said = (
            f"{plain(report.source)} reaches {counted(goals, 'goal') if goals else 'nothing but what is counted below'}"
        )
    else:
        joint = "to" if report.verdict == "no path" else "whether it reaches"
        said = f"{plain(report.source)}: {report.verdict}" + (f" {joint} {plain(report.to)}" if report.to else "")
    if report.assume != "worst":
        said += f" (assuming {report.assume} only)"
    yield padded(said, max(_COLUMNS - width(where), width(said) + 3)) + where


def _path(path: Path) -> Iterator[str]:
    more = f"   and {len(path.like):,} more like it" if path.like else ""
    more += f"   from {len(path.others) + 1:,} places" if path.others else ""
    sure = "" if path.confidence.name == "HIGH" else f"   {path.confidence} confidence"
    yield ""
    yield f"{path.severity.upper()}  {plain(path.target)}   {steps(len(path.steps))}{sure}{more}"
    others = f"  and {', '.join(short(ref) for ref in path.others[:_OTHERS])}" if path.others else ""
    others += ", …" if len(path.others) > _OTHERS else ""
    yield f"  {short(path.source)}{others}"
    ids = max((len(step.id) + 2 * deep for deep, step in path.chain()), default=0)
    targets = min(_TARGET, max((width(short(step.target)) for _, step in path.chain()), default=0))
    told: set[str] = set()
    for deep, step in path.chain():
        why = because(step)
        why = why if len(why) <= _EVIDENCE else why[: _EVIDENCE - 1] + "…"
        name = "  " * deep + step.id
        yield f"   {'└┴'[deep > 0]} {name:<{ids}}  {padded(short(step.target), targets)}  {why}".rstrip()
        doubts = [text for each in step.assumptions if (text := assumed(each)) not in told]
        told.update(doubts)
        yield from (f"     {'':<{ids}}  if {text}" for text in doubts)
    if path.broken_by:
        yield "  broken by: " + " · ".join(plain(each) for each in path.broken_by)


def ending(report: Report) -> Iterator[str]:
    """What was folded away, what could not be known."""
    if report.folded or report.missing or report.diagnostics:
        yield ""
    for line in report.folded:
        yield f"and {line}"
    if report.missing:
        yield f"not collected: {', '.join(plain(each) for each in report.missing)}"
    for each in report.diagnostics:
        yield f"note: {plain(each.of)}: {plain(each.what)}"
