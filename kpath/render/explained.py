"""A path with all of its evidence, as text."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.render.escape import padded, plain, width
from kpath.render.phrases import assumed, short, value
from kpath.report import Path, StepTaken


def explained(path: Path) -> str:
    """A sentence a step, and a line a fact."""
    return "\n".join(line for step in path.steps for line in explained_step(step)) + "\n"


def explained_step(step: StepTaken) -> Iterator[str]:
    """The sentence of a step, its facts, and what they assume."""
    way = f" {step.way}" if step.way else ""
    yield f"{short(step.source)}  {step.verb}  {short(step.target)}    {step.id}{way}"
    objects = max((width(plain(fact.of)) for fact in step.evidence), default=0)
    fields = max((width(plain(fact.at)) for fact in step.evidence), default=0)
    for fact in step.evidence:
        file = f"    {plain(fact.file)}" if fact.file else ""
        said = value(fact.value) if fact.value is None else f'"{value(fact.value)}"'
        yield f"    {padded(plain(fact.of), objects)}  {padded(plain(fact.at), fields)}  {said}{file}"
    for assumption in step.assumptions:
        yield f"    assumes {assumed(assumption)}"
    for path in step.also:
        yield f"    also needs {short(path.target)}:"
        yield from (f"    {line}" for line in explained(path).splitlines())
