"""All parties of a cluster by number, and a term asked of all of them at once.

A set of parties is an integer with a bit for each. An answer is two sets: those of which the term holds, and those
of which it may.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kpath.semantics.netpol.addresses import Range
from kpath.semantics.netpol.terms import (
    ACCOUNT,
    NAMESPACE,
    POD,
    AllOf,
    Always,
    AnyOf,
    AtNode,
    Label,
    Nets,
    Not,
    Party,
    Selectable,
    Space,
    Term,
    Unknown,
    fits,
    holds,
    holds_any,
    labels_of,
)

Answer = tuple[int, int]


def bits(mask: int) -> list[int]:
    """The numbers in a set, in their order."""
    if mask.bit_count() <= 8:
        found = []
        while mask:
            low = mask & -mask
            found.append(low.bit_length() - 1)
            mask ^= low
        return found
    found_: list[int] = np.flatnonzero(flags(mask, mask.bit_length())).tolist()
    return found_


def flags(mask: int, size: int) -> NDArray[np.uint8]:
    """A set as a one or a zero for each number below a size."""
    data = np.frombuffer(mask.to_bytes((size + 7) // 8, "little"), np.uint8)
    return np.unpackbits(data, bitorder="little", count=size)


def set_of(numbers: Iterable[int], size: int) -> int:
    """A set from its numbers, each below a size."""
    flags = np.zeros(size, np.uint8)
    flags[np.fromiter(numbers, np.int64)] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


class Universe:
    """Parties: pods first, then the ranges of addresses in their order, with no gap between those of one family."""

    def __init__(self, parties: Sequence[Party], atoms: Sequence[Range]) -> None:
        self.parties, self.atoms = tuple(parties), tuple(atoms)
        self.size, self.first_atom = len(parties), len(parties) - len(atoms)
        self.every = (1 << self.size) - 1
        self.pods = (1 << self.first_atom) - 1
        self.outside = self.every ^ self.pods
        self._starts = [first for first, _ in atoms]
        self._behind = [(number, each.behind) for number, each in enumerate(parties) if each.behind is not None]
        self._answers: dict[Term, Answer] = {}
        self._sets: dict[int, int] = {}
        self._masks: dict[tuple[str, str], dict[str, int]] = {}
        self._unknown: dict[str, list[tuple[frozenset[str], int]]] = {}
        self._index()

    def set_of(self, numbers: Iterable[int]) -> int:
        """A set of parties from their numbers."""
        return set_of(numbers, self.size)

    def _index(self) -> None:
        """Pods by namespace and by label, on the host's network, by what they are on."""
        spaces: dict[str, list[int]] = {}
        hosts, nodes, unaddressed = [], [], []
        for number, party in enumerate(self.parties):
            if party.pod:
                spaces.setdefault(party.namespace, []).append(number)
            if party.host:
                hosts.append(number)
            if party.node or party.host:
                nodes.append(number)
            if party.addresses is None:
                unaddressed.append(number)
        self.spaces = {name: self.set_of(found) for name, found in spaces.items()}
        self.hosts, self.nodes = self.set_of(hosts), self.set_of(nodes)
        self.unaddressed = self.set_of(unaddressed)
        self._index_labels(POD, ((1 << number, self.parties[number]) for number in range(self.first_atom)))
        by_space = [(mask, self.parties[spaces[name][0]]) for name, mask in self.spaces.items()]
        self._index_labels(NAMESPACE, by_space)
        self._index_labels(ACCOUNT, ((1 << number, self.parties[number]) for number in range(self.first_atom)))
        self._index_addresses()

    def _index_labels(self, of: str, among: Iterable[tuple[int, Party]]) -> None:
        found: dict[tuple[str, str], list[int]] = {}
        unknown: dict[frozenset[str], int] = {}
        for mask, party in among:
            labels = labels_of(party, of)
            for pair in labels.known.items():
                found.setdefault(pair, []).append(mask)
            if not labels.complete:
                known = frozenset(labels.known)
                unknown[known] = unknown.get(known, 0) | mask
        for (key, value), masks in found.items():
            self._masks.setdefault((of, key), {})[value] = self._union(masks)
        self._unknown[of] = list(unknown.items())

    def _union(self, masks: list[int]) -> int:
        """The union of many sets; those of one party each are put together at once."""
        if all(mask.bit_count() == 1 for mask in masks):
            return self.set_of(mask.bit_length() - 1 for mask in masks)
        union = 0
        for mask in masks:
            union |= mask
        return union

    def _index_addresses(self) -> None:
        pods: list[tuple[int, int]] = sorted(
            (value, number)
            for number, party in enumerate(self.parties[: self.first_atom])
            for value in party.addresses or ()
        )
        self._at_address: dict[int, list[int]] = {}
        for number in bits(self.nodes):
            for value in self.parties[number].addresses or ():
                self._at_address.setdefault(value, []).append(number)
        self._pod_values, self._pod_numbers = [value for value, _ in pods], [number for _, number in pods]

    def answer(self, term: Term) -> Answer:
        """The parties of which a term holds, and those of which it may hold."""
        found = self._answers.get(term)
        if found is None:
            sure, may = self._answer(term)
            found = self._answers[term] = self.shared(sure), self.shared(may)
        return found

    def shared(self, parties: int) -> int:
        """The same set, as the one number that is kept of it: sets are large, and many are the same."""
        return self._sets.setdefault(parties, parties)

    def _answer(self, term: Term) -> Answer:
        match term:
            case Not(part):
                sure, may = self.answer(part)
                return self.every & ~may, self.every & ~sure
            case AllOf(parts):
                sure = may = self.every
                for each in parts:
                    is_, may_be = self.answer(each)
                    sure, may = sure & is_, may & may_be
                return sure, may
            case AnyOf(parts):
                sure = may = 0
                for each in parts:
                    is_, may_be = self.answer(each)
                    sure, may = sure | is_, may | may_be
                return sure, may
            case AtNode(part):
                sure, may = self.answer(part)
                services = self._services(part)
                hosts = may & self.hosts
                may = self._at_nodes(may & self.pods) | services[1]
                # A pod whose node is not known may be on any.
                may |= self.nodes if hosts & self.unaddressed else self.nodes & self.unaddressed if hosts else 0
                return self._at_nodes(sure & self.pods) | services[0], may
            case _:
                return self._leaf(term)

    def _leaf(self, term: Always | Unknown | Selectable | Space | Label | Nets) -> Answer:
        match term:
            case Always():
                return self.every, self.every
            case Unknown():
                return 0, self.every
            case Selectable():
                own = self.pods & ~self.hosts
                return own, own
            case Space(name):
                within = self.spaces.get(name, 0)
                return within, within
            case Label():
                return self._label(term)
            case Nets():
                return self._nets(term)

    def _label(self, term: Label) -> Answer:
        sure = 0
        by_value = self._masks.get((term.of, term.key), {})
        if term.is_ == "in":
            for value in term.values:
                sure |= by_value.get(value, 0)
        else:
            for value, mask in by_value.items():
                if fits(term, value):
                    sure |= mask
        may = sure
        for known, mask in self._unknown[term.of]:
            if term.key not in known:
                may |= mask
        return sure, may

    def _nets(self, term: Nets) -> Answer:
        atoms = pods = 0
        for first, last in term.ranges:
            low, high = bisect_left(self._starts, first), bisect_right(self._starts, last)
            atoms |= ((1 << (high - low)) - 1) << (self.first_atom + low)
            at, end = bisect_left(self._pod_values, first), bisect_right(self._pod_values, last)
            if at < end:
                pods |= self.set_of(self._pod_numbers[at:end])
        maybe = 0
        for number in bits(self.unaddressed):
            answer = holds_any(term, self.parties[number].families)
            pods |= (answer is True) << number
            maybe |= (answer is None) << number
        asked = self.outside | (self.pods & ~self.hosts if term.pods else 0) | self.hosts
        if not term.nodes:
            asked &= ~self.nodes
        return (atoms | pods) & asked, (atoms | pods | maybe) & asked

    def _at_nodes(self, picked: int) -> int:
        """Pods with a network of their own that are picked, and all that is at a node where another is picked."""
        hosts = picked & self.hosts
        found = picked & ~self.hosts
        if not hosts:
            return found
        at = {value for number in bits(hosts) for value in self.parties[number].addresses or ()}
        return found | hosts | self.set_of(number for value in at for number in self._at_address.get(value, ()))

    def _services(self, part: Term) -> Answer:
        """The addresses of Services that are asked about, by the pods that they select."""
        sure = may = 0
        for number, behind in self._behind:
            answer = holds(part, behind)
            sure |= (answer is True) << number
            may |= (answer is not False) << number
        return sure, may
