"""Graph kernels: reach, nearest and k nearest; no word of the domain."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

# A spoke of a hub costs next to nothing: never as much as the cheapest step, however many there are.
SPOKE = 1.0
UNIT = 1000.0

# How many partial paths may be looked at for one question of k paths.
_EXPANSIONS = 200_000


class Network:
    """Weighted arrows, some of which need more than their tail.

    `costs[i]` is the cost of step i, `also[i]` the vertices that it needs beside its
    tail. Arrow j belongs to step `arrow[j]`, or to none (-1). Vertex `vertices` belongs
    to nobody, and is at no distance from anywhere.
    """

    def __init__(
        self,
        vertices: int,
        tails: Ints,
        heads: Ints,
        arrow: Ints,
        costs: Sequence[float],
        also: Mapping[int, Sequence[int]],
    ) -> None:
        self.vertices, self.origin = vertices + 1, vertices
        weights = np.full(len(tails), SPOKE)
        of_step = arrow >= 0
        weights[of_step] = np.asarray(costs, np.float64)[arrow[of_step]] * UNIT
        order = np.lexsort((arrow, weights, heads, tails))
        self.tails, self.heads = tails[order], heads[order]
        self.arrow, self.weights = arrow[order], weights[order]
        conditional = np.flatnonzero(np.isin(self.arrow, [*also])) if also else ()
        self.also = {int(slot): also[int(self.arrow[slot])] for slot in conditional}
        self.conditional = np.zeros(len(order), np.bool_)
        self.conditional[list(self.also)] = True
        self.starts = np.searchsorted(self.tails, np.arange(self.vertices + 1))

    def nearest(self, starts: Collection[int]) -> Nearest:
        """The cheapest way to every vertex from any of some."""
        weights, enabled = self.weights, self._unconditional
        distances, before = _from_any(self._plain, starts)
        slots, needed, costs = self._needs
        while len(slots):
            # A need that is not met is infinitely far.
            through = costs + distances[needed].sum(axis=1)
            better = np.isfinite(through) & (~enabled[slots] | (through < weights[slots]))
            if not better.any():
                break
            weights, enabled = weights.copy(), enabled.copy()
            weights[slots[better]], enabled[slots[better]] = through[better], True
            chosen = np.flatnonzero(enabled)
            matrix = _matrix(self.tails[chosen], self.heads[chosen], weights[chosen], self.vertices)
            distances, before = _from_any(matrix, starts)
        return Nearest(self, distances, before, weights, enabled)

    @cached_property
    def _unconditional(self) -> NDArray[np.bool_]:
        return ~self.conditional

    @cached_property
    def _plain(self) -> csr_matrix:
        """The arrows that need nothing more."""
        chosen = np.flatnonzero(self._unconditional)
        return _matrix(self.tails[chosen], self.heads[chosen], self.weights[chosen], self.vertices)

    @cached_property
    def _needs(self) -> tuple[NDArray[np.intp], Ints, Floats]:
        """The arrows that need more, what each needs (a gap is the origin, at no distance), and what it costs."""
        slots = np.array(sorted(self.also), np.intp)
        most = max((len(each) for each in self.also.values()), default=1)
        needed = np.full((len(slots), most), self.origin, np.int32)
        for row, slot in enumerate(slots.tolist()):
            needed[row, : len(self.also[slot])] = self.also[slot]
        return slots, needed, self.weights[slots]

    def reaching(self, targets: Sequence[int], *, needs_met: bool) -> NDArray[np.bool_]:
        """The vertices from which some target can be reached, with no arrow that needs more, or if every need were met.

        Who reaches it at all is among the latter, and the former are among who does.
        """
        slots = np.flatnonzero(~self.conditional | needs_met)
        matrix = _matrix(self.heads[slots], self.tails[slots], np.ones(len(slots)), self.vertices)
        distances: Floats = dijkstra(matrix, indices=list(targets), min_only=True, unweighted=True)
        return np.isfinite(distances)

    def toward(self, targets: Sequence[int]) -> Toward:
        """The cheapest way to any of some vertices from every other, over the arrows that need nothing more."""
        slots = np.flatnonzero(~self.conditional)
        matrix = _matrix(self.heads[slots], self.tails[slots], self.weights[slots], self.vertices)
        distances, after, _ = dijkstra(matrix, indices=list(targets), return_predecessors=True, min_only=True)
        return Toward(self, distances, after)

    def slots(self, tail: int, head: int | None = None) -> range:
        """The arrows from a vertex, or those of them that lead to another."""
        start, end = int(self.starts[tail]), int(self.starts[tail + 1])
        if head is None:
            return range(start, end)
        # INVARIANT: the arrows of a tail are in the order of their heads.
        heads = self.heads[start:end]
        return range(start + int(heads.searchsorted(head)), start + int(heads.searchsorted(head, "right")))


def _from_any(matrix: csr_matrix, starts: Collection[int]) -> tuple[Floats, Ints]:
    """The distance of every vertex from the nearest start, and the vertex before it on the way.

    The last vertex belongs to nobody, and is at no distance from anywhere.
    """
    if starts:
        distances, before, _ = dijkstra(matrix, indices=list(starts), return_predecessors=True, min_only=True)
    else:
        distances, before = np.full(matrix.shape[0], np.inf), np.full(matrix.shape[0], -1, np.int32)
    distances[-1] = 0.0
    return distances, before


def _matrix(tails: Ints, heads: Ints, costs: Floats, size: int) -> csr_matrix:
    """A matrix of the cheapest arrow between each two vertices."""
    order = np.lexsort((costs, heads, tails))
    tails, heads, costs = tails[order], heads[order], costs[order]
    first = np.ones(len(tails), np.bool_)
    first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    return csr_matrix((costs[first], (tails[first], heads[first])), shape=(size, size))


class Toward:
    """The answer of `Network.toward`."""

    def __init__(self, network: Network, distances: Floats, after: Ints) -> None:
        self.network, self.distances, self.after = network, distances, after

    def reaches(self, start: int) -> bool:
        return bool(np.isfinite(self.distances[start]))

    def way(self, start: int) -> list[tuple[int, int, int]]:
        """The cheapest way from a vertex: tail, slot and head of each arrow."""
        found: list[tuple[int, int, int]] = []
        network, tail = self.network, start
        while (head := int(self.after[tail])) >= 0:
            slots = [slot for slot in network.slots(tail, head) if not network.conditional[slot]]
            found.append((tail, min(slots, key=lambda slot: float(network.weights[slot])), head))
            tail = head
        return found


class Nearest:
    """The answer of `Network.nearest`: distances, and ways."""

    def __init__(
        self, network: Network, distances: Floats, before: Ints, weights: Floats, enabled: NDArray[np.bool_]
    ) -> None:
        self.network, self.distances, self.before = network, distances, before
        self.weights, self.enabled = weights, enabled

    def way(self, target: int) -> list[tuple[int, int, int]]:
        """The cheapest way to a vertex: tail, slot and head of each arrow; empty for a start."""
        found: list[tuple[int, int, int]] = []
        head = target
        while (tail := int(self.before[head])) >= 0 and tail != self.network.origin:
            slots = [slot for slot in self.network.slots(tail, head) if self.enabled[slot]]
            found.append((tail, min(slots, key=lambda slot: float(self.weights[slot])), head))
            head = tail
        return found[::-1]

    def ways(self, starts: Mapping[int, float], target: int) -> Iterator[list[tuple[int, int, int]]]:
        """Every way to a vertex without a circle, the cheapest first."""
        network = self.network
        slots = np.flatnonzero(self.enabled)
        back = _matrix(network.heads[slots], network.tails[slots], self.weights[slots], network.vertices)
        left: Floats = dijkstra(back, indices=target)
        heap: Heap = [
            (cost + float(left[start]), number, cost, start, ())
            for number, (start, cost) in enumerate(sorted(starts.items()))
            if np.isfinite(left[start])
        ]
        heapq.heapify(heap)
        yield from _expand(network, self, left, heap, target)


Heap = list[tuple[float, int, float, int, tuple[tuple[int, int, int], ...]]]


def _expand(
    network: Network, nearest: Nearest, left: Floats, heap: Heap, target: int
) -> Iterator[list[tuple[int, int, int]]]:
    number = len(heap)
    for _ in range(_EXPANSIONS):
        if not heap:
            return
        _, _, cost, at, way = heapq.heappop(heap)
        if at == target:
            yield list(way)
            continue
        seen = {tail for tail, _, _ in way}
        for slot in network.slots(at):
            head = int(network.heads[slot])
            if nearest.enabled[slot] and head not in seen and head != at and np.isfinite(left[head]):
                number += 1
                total = cost + float(nearest.weights[slot])
                heapq.heappush(heap, (total + float(left[head]), number, total, head, (*way, (at, slot, head))))
