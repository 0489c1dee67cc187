"""Why there is no path: what is reached, and what stands in the way of more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from kpath.graph.derive import blocks
from kpath.graph.graph import Steps
from kpath.query import select
from kpath.query.answers import NONE, PATH, UNKNOWN
from kpath.query.paths import Search, best, search
from kpath.refs import Ref
from kpath.report import Cited, Path
from kpath.rules import barriers

# How many refs of a frontier are named.
_NAMED = 20


class Blocked(Struct, frozen=True):
    """A step that cannot be taken: for the facts that keep it away, or since it needs what is not held besides."""

    id: str
    source: Ref
    target: Ref
    because: tuple[Cited, ...]
    leads_on: bool
    lacks: tuple[Ref, ...] = ()


class WhyNot(Struct, frozen=True):
    """The answer: a path after all, or what is reached, what is blocked, and what would have led to the target."""

    source: str
    target: str
    verdict: str
    path: Path | None
    reached: tuple[Ref, ...]
    blocked: tuple[Blocked, ...]
    approach: tuple[Ref, ...]
    missing: tuple[str, ...]


def why_not(steps: Steps, source: str, to: str, namespace: str, missing: tuple[str, ...]) -> WhyNot:
    """Look for a path, and for what blocks it where there is none."""
    found = search(steps, select.sources(steps, [source], namespace))
    targets = select.targets(steps, [to], namespace)
    for target in targets:
        path = best(found, target)
        if path is not None:
            return WhyNot(source, to, PATH, path, (), (), (), missing)
    numbers = [number for ref in targets if (number := steps.start(ref)) is not None]
    before = steps.network.reaching(numbers, needs_met=True) if numbers else np.zeros(steps.network.vertices, np.bool_)
    near = [steps.model.names.ref(int(number)) for number in np.flatnonzero(before[: steps.layout.refs])]
    return WhyNot(
        source, to, UNKNOWN if missing else NONE, None, _reached(found),
        tuple(sorted((*_blocked(found, before), *_lacking(found, before)), key=_order)),
        tuple(ref for ref in near if ref not in targets)[:_NAMED], missing,
    )  # fmt: skip


def _order(each: Blocked) -> tuple[object, ...]:
    return not each.leads_on, each.id, each.source, each.target, each.lacks


def _reached(found: Search) -> tuple[Ref, ...]:
    within = np.flatnonzero(np.isfinite(found.nearest.distances[: found.steps.layout.refs]))
    return tuple(sorted({*found.sources, *(found.model.names.ref(int(number)) for number in within)}))


def _blocked(found: Search, before: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[Blocked]:
    """The blocked steps that start at something reached and lead to something that is not."""

    def holds(ref: Ref) -> bool:
        return ref in found.sources or found.reaches(ref)

    for id_, block in blocks(found.model, barriers().values(), holds):
        for source in _refs(block.sources):
            if not holds(source):
                continue
            for target in _refs(block.targets):
                if found.reaches(target):
                    continue
                number = found.steps.start(target)
                leads_on = number is not None and bool(before[number])
                facts = (found.model.bound(fact, source, target) for fact in block.because)
                cited = tuple(Cited(fact.of, fact.at, fact.value, found.model.file_of(fact.of)) for fact in facts)
                yield Blocked(id_, source, target, cited, leads_on)


def _lacking(found: Search, before: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[Blocked]:
    """Steps from something reached that need something more, which is not; of many alike, the first."""
    names = found.model.names
    for arrow in found.steps.arrows if found.steps.network.also else ():
        lacks = tuple(ref for number in arrow.also if not found.reaches(ref := names.ref(number)))
        if not lacks:
            continue
        source = next((ref for ref in arrow.sources if ref in found.sources or found.reaches(ref)), None)
        target = next((ref for ref in arrow.targets if not found.reaches(ref)), None)
        if source is not None and target is not None:
            number = found.steps.start(target)
            leads_on = number is not None and bool(before[number])
            yield Blocked(arrow.rule.id, source, target, (), leads_on, lacks)


def _refs(refs: object) -> list[Ref]:
    return [refs] if isinstance(refs, Ref) else list(refs)  # type: ignore[call-overload]
