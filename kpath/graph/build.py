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
        held[4][Witness(step.because, step.assumes, step.by)] = None
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


def _order(witness: Witness) -> tuple[int, int, Evidence]:
    return -witness.confidence, len(witness.because), tuple(sorted(witness.because, key=_key))


def _key(fact: Fact) -> tuple[str, str, str]:
    return fact.of, fact.at, fact.value or ""


class Layout:
    """Where each set of refs stands in the arrays: one ref for itself, many through a hub."""

    def __init__(self, names: Names, found: Sequence[Arrow]) -> None:
        self.refs = len(names)
        self.hubs = self.refs
        self.out: dict[bytes, int] = {}
        self.into: dict[bytes, int] = {}
        self.tails: list[Ids] = []
        self.heads: list[Ids] = []
        ends = [(self.tail(each.sources), self.head(each.targets)) for each in found]
        self.spokes = sum(len(each) for each in self.tails)
        self.tails.append(np.array([tail for tail, _ in ends], np.int32))
        self.heads.append(np.array([head for _, head in ends], np.int32))

    def _hub(self, hubs: dict[bytes, int], refs: Refs) -> tuple[int, bool]:
        if len(refs) == 1:
            return int(refs.ids[0]), False
        key = refs.key
        if key in hubs:
            return hubs[key], False
        hubs[key] = self.hubs
        self.hubs += 1
        return hubs[key], True

    def tail(self, refs: Refs) -> int:
        """The vertex that a step from these refs starts at."""
        hub, new = self._hub(self.out, refs)
        if new:
            self.tails.append(refs.ids)
            self.heads.append(np.full(len(refs), hub, np.int32))
        return hub

    def head(self, refs: Refs) -> int:
        """The vertex that a step to these refs ends at."""
        hub, new = self._hub(self.into, refs)
        if new:
            self.tails.append(np.full(len(refs), hub, np.int32))
            self.heads.append(refs.ids)
        return hub

    @cached_property
    def arrays(self) -> Arrays:
        tails, heads = np.concatenate(self.tails), np.concatenate(self.heads)
        arrow: NDArray[np.int32] = np.full(len(tails), -1, np.int32)
        arrow[self.spokes :] = np.arange(len(tails) - self.spokes, dtype=np.int32)
        return Arrays(self.refs, self.hubs, tails, heads, arrow)
