"""Paths: the best to each goal, their evidence, what folds into what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.graph.build import Arrow, Witness
from kpath.graph.graph import Steps
from kpath.graph.kernels import Nearest
from kpath.model.tables import Model
from kpath.query.select import GOALS, SEVERITY
from kpath.refs import Ref
from kpath.report import Cited, Path, StepTaken

Way = list[tuple[int, int, int]]


class Search(Struct, frozen=True):
    """A graph, and where an attacker starts in it."""

    steps: Steps
    starts: Mapping[int, float]
    sources: tuple[Ref, ...]
    nearest: Nearest

    @property
    def model(self) -> Model:
        return self.steps.model

    def reaches(self, ref: Ref) -> bool:
        number = self.steps.start(ref)
        return number is not None and bool(self.nearest.distances[number] < float("inf"))


def search(steps: Steps, sources: Sequence[Ref], container: str | None = None) -> Search:
    """Look for everything that is reachable from some refs, each held alone."""
    starts: dict[int, float] = {}
    for ref in sources:
        number = steps.start(ref)
        if number is not None:
            starts[number] = 0.0
    return Search(steps, starts, tuple(sources), steps.network.nearest(starts))


def best(found: Search, target: Ref) -> Path | None:
    """The best path to a target, or `None`."""
    number = found.steps.start(target)
    if number is None or not found.reaches(target):
        return None
    return path_of(found, found.nearest.way(number), target)


def several(found: Search, target: Ref, count: int) -> Iterator[Path]:
    """The best paths to a target, no two of the same steps."""
    number = found.steps.start(target)
    if number is None or not found.reaches(target):
        return
    seen: set[tuple[tuple[str, Ref, Ref], ...]] = set()
    for way in found.nearest.ways(found.starts, number):
        path = path_of(found, way, target)
        key = tuple((step.id, step.source, step.target) for step in path.steps)
        if key not in seen:
            seen.add(key)
            yield path
        if len(seen) >= count:
            return


def each_best(steps: Steps, sources: Sequence[Ref], targets: Sequence[Ref]) -> Iterator[Path]:
    """The best path from each of many sources to each target; of the pods of one controller, from the first that
    takes the same step.

    Looks from the targets backwards where those are fewer: there, a path that needs nothing more comes before one
    that needs a second holding.
    """
    if len(sources) <= len(targets):
        for source in unlike(steps.model, sources):
            found = search(steps, [source])
            paths = (best(found, target) for target in targets if target != source)
            yield from (path for path in paths if path is not None)
        return
    for target in targets:
        number = steps.start(target)
        if number is not None:
            yield from nearest_of(steps, sources, [number])


def nearest_of(steps: Steps, sources: Sequence[Ref], targets: Sequence[int]) -> Iterator[Path]:
    """The best path from each source to the nearest of some vertices; of the pods of one controller, from the first
    that takes the same step."""
    onward = steps.network.toward(targets)
    maybe = steps.network.reaching(targets, needs_met=True)
    nowhere, seen, others = search(steps, ()), set[tuple[Ref, int]](), list[Ref]()
    for source in sources:
        start = steps.start(source)
        if start is None or start in targets:
            continue
        if onward.reaches(start):
            key = grouped(steps.model, source), int(onward.after[start])
            if key not in seen:
                seen.add(key)
                yield path_of(nowhere, onward.way(start))
        elif maybe[start]:
            others.append(source)
    for source in unlike(steps.model, others):
        found = search(steps, [source])
        reached = [number for number in targets if np.isfinite(found.nearest.distances[number])]
        if reached:
            nearest = min(reached, key=lambda number: float(found.nearest.distances[number]))
            yield path_of(found, found.nearest.way(nearest))


def unlike(model: Model, sources: Sequence[Ref]) -> list[Ref]:
    """Some sources, of those that are interchangeable the first."""
    firsts: dict[object, Ref] = {}
    for ref in sources:
        firsts.setdefault(interchangeable(model, ref), ref)
    return list(firsts.values())


def interchangeable(model: Model, ref: Ref) -> object:
    """What makes pods interchangeable as a start: controller, class and node."""
    number = model.names.find(ref) if ref.kind == "pod" else None
    if number is None:
        return ref
    columns = model.pods.columns
    return model.pods.owner_of(number) or ref, int(columns.cls[number]), int(columns.node[number])


def path_of(found: Search, way: Way, target: Ref | None = None) -> Path:
    """The path along a way; `target` is where it ends, which a way of no arrows does not say."""
    steps = tuple(_steps(found, way))
    end = steps[-1].target if target is None else target
    return Path(steps[0].source if steps else end, end, SEVERITY.get(end.kind, "low"), steps)


def _steps(found: Search, way: Way) -> Iterator[StepTaken]:
    """The steps on a way: hubs drop out, a step goes from the last ref before it to the first behind it."""
    names, refs = found.model.names, found.steps.layout.refs
    network = found.steps.network
    for index, (tail, slot, _) in enumerate(way):
        number = int(network.arrow[slot])
        if number < 0:
            continue
        source = tail if tail < refs else way[index - 1][0]
        target = next(head for _, _, head in way[index:] if head < refs)
        yield taken(found, found.steps.arrows[number], names.ref(source), names.ref(target))


def taken(found: Search, arrow: Arrow, source: Ref, target: Ref) -> StepTaken:
    """A step between two members of its sets."""
    witness, rule = arrow.witnesses[0], arrow.rule
    also = [best(found, found.model.names.ref(number)) for number in arrow.also]
    return StepTaken(
        rule.id, rule.verb, rule.family, source, target, cited(found.model, witness, source, target), witness.assumes,
        witness.confidence, rule.attack, rule.difficulty, rule.noise, rule.gain, rule.breaks,
        len(arrow.witnesses), tuple(path for path in also if path is not None), witness.way,
    )  # fmt: skip


def cited(model: Model, witness: Witness, source: Ref, target: Ref) -> tuple[Cited, ...]:
    """The facts of a witness, as those of its source and target, with their files."""
    found: dict[Cited, None] = {}
    for fact in model.cited(witness.because, witness.by, source, target):
        found[Cited(fact.of, fact.at, fact.value, model.file_of(fact.of))] = None
    return tuple(found)


def rank(path: Path) -> tuple[int, int, int, str, str]:
    """The order of paths: by goal, certainty, length and name."""
    cost = sum(step.difficulty**2 + step.noise for _, step in path.chain())
    kind = path.target.kind
    return (
        GOALS.index(kind) if kind in GOALS else len(GOALS),
        -path.confidence,
        cost,
        str(path.target),
        str(path.source),
    )


def folded(model: Model, paths: Sequence[Path]) -> list[tuple[Path, list[Path]]]:
    """Few paths instead of many: one for each cause, with those that it stands for."""
    groups: dict[object, list[Path]] = {}
    for path in paths:
        groups.setdefault(_cause(model, path), []).append(path)
    return sorted(map(merged, groups.values()), key=lambda each: rank(each[0]))


def merged(group: list[Path]) -> tuple[Path, list[Path]]:
    """The best of some paths, with the goals and the sources of the others; and all of them."""
    first, *others = group = sorted(group, key=rank)
    like = tuple(sorted({path.target for path in others} - {first.target}))
    sources = tuple(sorted({path.source for path in others} - {first.source}))
    return replace(first, like=like, others=sources), group


def _cause(model: Model, path: Path) -> object:
    """What makes two paths one: the same steps from things of one controller, to a goal of one kind."""
    goal = path.target if path.target.kind in ("cluster-admin", "aws-admin") else path.target.kind
    return (goal, grouped(model, path.source), *(step.id for step in path.steps))


def grouped(model: Model, ref: Ref) -> Ref:
    """The controller of a pod; anything else, itself."""
    if ref.kind != "pod":
        return ref
    number = model.names.find(ref)
    return (model.pods.owner_of(number) if number is not None else None) or ref
