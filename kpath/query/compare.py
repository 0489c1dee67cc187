"""Two graphs side by side: paths and steps that one has and the other has not, and the objects that made the
difference. Pods are named by their controllers, since those of a roll-out have new names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from kpath.graph.build import Arrow
from kpath.graph.graph import Steps
from kpath.model.sets import Refs
from kpath.model.tables import TABLES, Model
from kpath.query.paths import grouped
from kpath.refs import Ref
from kpath.report import Path

# How a step is told from others: its id, source and target, a workload in place of its pods.
Told = tuple[str, Ref, Ref]
# Stands for what is not there any more, or was not yet, and of which no step speaks.
UNSAID = Ref("")


class Compared(Struct, frozen=True):
    """What came and went: paths by their ends, steps, and the steps by the object whose change made them."""

    opened: tuple[Path, ...]
    closed: tuple[Path, ...]
    kept: tuple[Path, ...]
    added: tuple[Told, ...]
    removed: tuple[Told, ...]
    causes: Mapping[Ref, tuple[Told, ...]]

    @property
    def differs(self) -> bool:
        """Whether anything came or went."""
        return bool(self.opened or self.closed or self.added or self.removed)


def compared(before: Steps, after: Steps, paths: tuple[Sequence[Path], Sequence[Path]]) -> Compared:
    """Compare two graphs, and the paths that were found in each."""
    first, second = _by_ends(before.model, paths[0]), _by_ends(after.model, paths[1])
    known, now = _told(before), _told(after)
    added, removed = sorted(now.keys() - known.keys()), sorted(known.keys() - now.keys())
    differs = cache(lambda of: list(_objects(before.model, of)) != list(_objects(after.model, of)))
    causes: dict[Ref, list[Told]] = {}
    for model, steps, found in ((after.model, now, added), (before.model, known, removed)):
        changed: dict[int, set[Ref]] = {}
        for each in found:
            arrow = steps[each]
            if id(arrow) not in changed:
                changed[id(arrow)] = {grouped(model, of) for of in _objects_of(model, arrow) if differs(of)} or {UNSAID}
            for of in changed[id(arrow)]:
                causes.setdefault(of, []).append(each)
    return Compared(
        tuple(path for ends, path in second.items() if ends not in first),
        tuple(path for ends, path in first.items() if ends not in second),
        tuple(path for ends, path in second.items() if ends in first),
        tuple(added), tuple(removed), {of: tuple(each) for of, each in sorted(causes.items())},
    )  # fmt: skip


def _by_ends(model: Model, paths: Iterable[Path]) -> dict[tuple[Ref, Ref], Path]:
    found: dict[tuple[Ref, Ref], Path] = {}
    for path in paths:
        found.setdefault((grouped(model, path.source), grouped(model, path.target)), path)
    return found


def _told(steps: Steps) -> dict[Told, Arrow]:
    """Every step with the arrow that is drawn for it."""
    groups: dict[bytes, frozenset[Ref]] = {}
    found: dict[Told, Arrow] = {}
    for arrow in steps.arrows:
        for source in _grouped(steps.model, arrow.sources, groups):
            for target in _grouped(steps.model, arrow.targets, groups):
                if source != target:
                    found.setdefault((arrow.rule.id, source, target), arrow)
    return found


def _grouped(model: Model, refs: Refs, known: dict[bytes, frozenset[Ref]]) -> frozenset[Ref]:
    if refs.key not in known:
        known[refs.key] = frozenset(grouped(model, ref) for ref in refs)
    return known[refs.key]


def _objects_of(model: Model, arrow: Arrow) -> set[Ref]:
    """The objects that a step rests on."""
    witness, source, target = arrow.witnesses[0], next(iter(arrow.sources)), next(iter(arrow.targets))
    return {fact.of for fact in model.cited(witness.because, witness.by, source, target)}


def _objects(model: Model, ref: Ref) -> Iterator[object]:
    """What a model knows of an object: a pod by its shape, a node, whatever else a table holds."""
    cluster, own = model.place(ref)
    part = model.part(cluster)
    number = part.names.find(own) if own.kind == "pod" else None
    if number is not None and number < len(part.pods):
        yield part.pods.class_of(number).spec
    elif own.kind == "node":
        yield from (node for node in part.nodes if node.ref == own)
    else:
        tables = (getattr(part, name) for name in sorted(TABLES))
        yield from (table[own] for table in tables if isinstance(table, Mapping) and own in table)
