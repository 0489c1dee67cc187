"""Steps → arrays: refs and hubs as vertices, one arrow for a whole product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kpath.evidence import Assumption, Confidence, Evidence, Fact, confidence
from kpath.model.sets import Ids, Names, Refs
from kpath.refs import Ref
from kpath.rules import Rule, Step

# Added to a step's cost for what is not certain, so that sure paths come first.
DOUBT = {Confidence.HIGH: 0, Confidence.MEDIUM: 8, Confidence.LOW: 24}


# Of two steps that cost the same, the one with fewer facts is the plainer one.
MANY = 100


class Witness(Struct, frozen=True):
    """One reason for a step."""

    because: Evidence
    assumes: tuple[Assumption, ...]
    by: Refs | None = None
    way: str = ""

    @property
    def confidence(self) -> Confidence:
        return confidence(self.assumes)


class Arrow(Struct, frozen=True):
    """A step with everything that witnesses it, between two sets of refs."""

    rule: Rule
    sources: Refs
    targets: Refs
    also: tuple[int, ...]
    witnesses: tuple[Witness, ...]

    @property
    def confidence(self) -> Confidence:
        """A step is as good as its best witness."""
        return self.witnesses[0].confidence

    @property
    def cost(self) -> float:
        """Twice the catalogue's cost of a step, more for what is not certain, and a trifle for each fact it takes."""
        facts = min(len(self.witnesses[0].because), MANY) / (10 * MANY)
        return self.rule.difficulty**2 + self.rule.noise + DOUBT[self.confidence] + facts


class Arrays(Struct, frozen=True):
    """A graph as arrays: `tails[i]` → `heads[i]`; `arrow[i]` is the number of its step, -1 for a hub's spoke.

    Vertices below `refs` are refs, by their number; the others are hubs.
    """

    refs: int
    vertices: int
    tails: Ids
    heads: Ids
    arrow: Ids


def arrows(steps: Iterable[tuple[Rule, Step]], names: Names) -> tuple[Arrow, ...]:
    """The steps with their witnesses merged, in one order whatever order they were found in."""
    singles: dict[int, Refs] = {}
    merged: dict[object, tuple[Rule, Refs, Refs, tuple[int, ...], dict[Witness, None]]] = {}
    for rule, step in steps:
        (tail, sources), (head, targets) = _end(names, step.sources, singles), _end(names, step.targets, singles)
        if sources is None or targets is None:
            continue
        also = tuple(sorted(names.number(ref) for ref in step.also))
        held = merged.setdefault((rule.id, tail, head, also), (rule, sources, targets, also, {}))
        held[4][Witness(step.because, step.assumes, step.by, step.way)] = None
    return tuple(
        Arrow(rule, sources, targets, also, tuple(sorted(witnesses, key=_order) if len(witnesses) > 1 else witnesses))
        for rule, sources, targets, also, witnesses in merged.values()
    )


def _end(names: Names, refs: Ref | Refs, singles: dict[int, Refs]) -> tuple[object, Refs | None]:
    """One end of a step, with what tells it from others: the number of a single ref, the bytes of a set."""
    if isinstance(refs, Refs):
        if len(refs) > 1:
            return refs.key, refs
        if not len(refs):
            return None, None
        number = int(refs.ids[0])
    else:
        number = names.number(refs)
    found = singles.get(number)
    if found is None:
        found = singles[number] = Refs(names, np.array([number], np.int32))
    return number, found


def _order(witness: Witness) -> tuple[int, int, str, list[tuple[str, str, str]]]:
    return -witness.confidence, len(witness.because), witness.way, sorted(map(_key, witness.because))


def _key(fact: Fact) -> tuple[str, str, str]:
    return fact.of, fact.at, fact.value or ""


class Layout:
    """Where each set of refs stands in the arrays: one ref for itself, many through a hub."""

    def __init__(self, names: Names, found: Sequence[Arrow]) -> None:
        self.refs = len(names)
        self.hubs = self.refs
        self.out, self.into = _Hubs(), _Hubs()
        ends = [(self._end(self.out, each.sources), self._end(self.into, each.targets)) for each in found]
        self.tails, self.heads = np.array(ends, np.int32).reshape(-1, 2).T

    def _end(self, hubs: _Hubs, refs: Refs) -> int:
        """The vertex that a step from or to these refs has there."""
        if len(refs.ids) == 1:
            return int(refs.ids[0])
        found = hubs.numbers.get(refs.key)
        if found is None:
            found = hubs.numbers[refs.key] = self.hubs
            hubs.members.append(refs.ids)
            self.hubs += 1
        return found

    @cached_property
    def arrays(self) -> Arrays:
        """The spokes of all hubs, then an arrow for each step."""
        (out, out_hubs), (into, into_hubs) = self.out.spokes(), self.into.spokes()
        tails = np.concatenate([out, into_hubs, self.tails])
        heads = np.concatenate([out_hubs, into, self.heads])
        arrow: NDArray[np.int32] = np.full(len(tails), -1, np.int32)
        arrow[len(tails) - len(self.tails) :] = np.arange(len(self.tails), dtype=np.int32)
        return Arrays(self.refs, self.hubs, tails, heads, arrow)


class _Hubs:
    """The hubs on one side, by the sets that they stand for."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.members: list[Ids] = []

    def spokes(self) -> tuple[Ids, Ids]:
        """Every member of every set, and the hub beside it."""
        if not self.members:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        lengths = np.fromiter(map(len, self.members), np.int64, len(self.members))
        return np.concatenate(self.members), np.repeat(np.fromiter(self.numbers.values(), np.int32), lengths)
