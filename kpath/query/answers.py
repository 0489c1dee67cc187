"""Questions and their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.graph.graph import Steps
from kpath.mitigations import Fix
from kpath.query import select
from kpath.query.anyway import had_anyway, is_had_anyway, worth_a_path
from kpath.query.breaks import breaking
from kpath.query.narrow import only_container
from kpath.query.overview import FROM, overview
from kpath.query.paths import Search, best, each_best, folded, interchangeable, rank, search, several
from kpath.refs import Ref
from kpath.report import Path

PATH, NONE, UNKNOWN = "path", "no path", "cannot tell"

# How many changes an entry names, and how many of the paths that it stands for they are looked for in.
_NAMED, _EXAMINED = 4, 8


class Question(Struct, frozen=True):
    """Paths from where to where, how many, how long, and whether everything is shown.

    `fewest` asks for the paths of the fewest steps instead of the easiest, `without` leaves steps out of them.
    """

    source: tuple[str, ...]
    to: tuple[str, ...] = ("",)
    namespace: str = ""
    k: int = 1
    max_steps: int | None = None
    container: str | None = None
    everything: bool = False
    fewest: bool = False
    without: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether any goal counts."""
        return self.to == ("",)

    @property
    def is_overview(self) -> bool:
        """Whether nothing in particular was asked: from anywhere, to the worst."""
        return self.source == FROM and self.is_open


class Answer(Struct, frozen=True):
    """The paths, and what was folded away."""

    paths: tuple[Path, ...]
    folded: tuple[str, ...] = ()

    def verdict(self, missing: Sequence[str]) -> str:
        """One of three: a path, no path, or cannot tell, since what is missing could hold one."""
        if self.paths or (self.folded and not missing):
            return PATH
        return UNKNOWN if missing else NONE


class Diff(Struct, frozen=True):
    """Steps that one graph has and another has not."""

    added: tuple[tuple[str, Ref, Ref], ...]
    removed: tuple[tuple[str, Ref, Ref], ...]


def paths(steps: Steps, question: Question) -> Answer:
    """The best paths of a question, each with what breaks it."""
    if question.fewest or question.without:
        steps = steps.asked(fewest=question.fewest, without=question.without)
    sources = select.sources(steps, question.source, question.namespace)
    if question.container is not None and not question.is_overview:
        steps = only_container(steps, sources, question.container)
    targets = select.targets(steps, question.to, question.namespace)
    if question.is_overview:
        if question.container is not None:
            raise UsageError("--container needs a pod, given with --from")
        kept, lines = overview(steps, sources, everything=question.everything, max_steps=question.max_steps)
        return Answer(tuple(_with_breaks(steps, *each) for each in kept), tuple(lines))
    is_few = question.k == 1 and not question.everything
    anyway: Counter[str] = Counter()
    if len(sources) > 1 and question.k == 1:
        listed = list(each_best(steps, sources, targets))
        if is_few and question.is_open:
            anyway.update(path.target.kind for path in listed if is_had_anyway(path))
            listed = [path for path in listed if not is_had_anyway(path)]
    else:
        found = search(steps, sources)
        if is_few and question.is_open:
            targets, anyway = worth_a_path(found, targets)
        listed = [path for target in targets if target not in sources for path in _to(found, target, question)]
    if question.max_steps is not None:
        listed = [path for path in listed if len(path.steps) <= question.max_steps]
    listed.sort(key=_by_length if question.fewest else rank)
    kept = folded(steps.model, listed) if is_few else [(path, [path]) for path in listed]
    return Answer(tuple(_with_breaks(steps, *each) for each in kept), tuple(had_anyway(anyway)))


def _by_length(path: Path) -> tuple[object, ...]:
    return len(list(path.chain())), rank(path)


def _to(found: Search, target: Ref, question: Question) -> list[Path]:
    if question.k > 1:
        return list(several(found, target, question.k))
    path = best(found, target)
    return [path] if path is not None else []


def _with_breaks(steps: Steps, path: Path, members: Sequence[Path]) -> Path:
    """A path with what breaks it, and those that it stands for with it: one change, or one of a kind for each."""
    found = [[str(fix) for fix in path_fixes(steps, each)] for each in members[:_EXAMINED]]
    named: dict[str, None] = {}
    for fix in found[0]:
        kind = fix.partition(" ")[0]
        if all(fix in each for each in found):
            named[fix] = None
        elif all(any(other.startswith(f"{kind} ") for other in each) for each in found):
            alike = {other for each in found for other in each if other.startswith(f"{kind} ")}
            named[f"{fix} and {len(alike) - 1} more"] = None
    return replace(path, broken_by=tuple(named)[:_NAMED])


def path_fixes(steps: Steps, path: Path) -> list[Fix]:
    """The single changes that break a path, step by step."""
    found: list[Fix] = []
    for _, taken in path.chain():
        arrows = tuple(steps.between(taken.id, taken.source, taken.target))
        listed = breaking(steps.model, arrows, taken.source, taken.target)
        found += [fix for fix in listed if all(fix.patch != each.patch for each in found)]
    return found


def fixes(steps: Steps, listed: Sequence[Path]) -> tuple[Fix, ...]:
    """The changes that break some of several paths, those that break most first."""
    counted: dict[Fix, int] = {}
    for path in listed:
        for fix in path_fixes(steps, path):
            counted[fix] = counted.get(fix, 0) + 1
    return tuple(sorted(counted, key=lambda fix: (-counted[fix], str(fix), fix.fact)))


def reached(steps: Steps, sources: Sequence[Ref]) -> tuple[Ref, ...]:
    """Everything that is reachable from some refs, without themselves."""
    found = search(steps, sources)
    within = np.flatnonzero(np.isfinite(found.nearest.distances[: steps.layout.refs]))
    refs = {steps.model.names.ref(int(number)) for number in within}
    return tuple(sorted(refs - set(sources)))


def reaching(steps: Steps, targets: Sequence[Ref]) -> tuple[Ref, ...]:
    """Everything that reaches some refs, each held alone."""
    numbers = [number for ref in targets if (number := steps.start(ref)) is not None]
    if not numbers:
        return ()
    names, count = steps.model.names, steps.layout.refs
    surely = steps.network.reaching(numbers, needs_met=False)[:count]
    maybe = steps.network.reaching(numbers, needs_met=True)[:count] & ~surely
    refs = {names.ref(number) for number in np.flatnonzero(surely).tolist()}
    groups: dict[object, list[Ref]] = {}
    for ref in map(names.ref, np.flatnonzero(maybe).tolist()):
        groups.setdefault(interchangeable(steps.model, ref), []).append(ref)
    for group in groups.values():
        found = search(steps, group[:1])
        if any(found.reaches(target) for target in targets):
            refs.update(group)
    return tuple(sorted(refs - set(targets)))
