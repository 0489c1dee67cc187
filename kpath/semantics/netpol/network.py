"""A cluster's network as one engine sees it: its parties, its policies, and what each end lets through."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol import addresses
from kpath.semantics.netpol.addresses import AGENT, METADATA, WHOLE, Range, at_node
from kpath.semantics.netpol.engine import CILIUM, STRICT, VPC_CNI, Engine
from kpath.semantics.netpol.hostendpoints import FAILSAFE, at_addresses
from kpath.semantics.netpol.parties import asked, families_of, groups, leaves
from kpath.semantics.netpol.policy import DIRECTIONS, PLAIN, Reading, Rule, Tier
from kpath.semantics.netpol.ports import Cells, NamedPort, Span
from kpath.semantics.netpol.reading import reading
from kpath.semantics.netpol.rows import FREE, NO_POLICY, Row, Rows
from kpath.semantics.netpol.spaces import labels_of_spaces
from kpath.semantics.netpol.steps import spans_named
from kpath.semantics.netpol.terms import Labels, Nets, Party
from kpath.semantics.netpol.universe import Universe, bits, set_of

READS = frozenset({
    "pods", "nodes", "namespaces", "spaces", "coverage", "network_policies", "service_accounts", "services",
    "config_maps",
})  # fmt: skip

# So many parties are faster looked up one by one than by their pods.
FEW = 16
NOBODY = np.zeros(0, np.int32)


class Network:
    """Parties, tiers and rows of one engine. `points` are addresses that are asked about, each a party of its own."""

    def __init__(self, model: Model, engine: Engine, points: tuple[int, ...] = ()) -> None:
        self.model, self.engine = model, engine
        self.reading: Reading = reading(model, engine.reads)
        tiers = self.reading.tiers
        wanted = asked(tiers)
        rules = tuple(_rules(tiers))
        known = families_of(model) or frozenset({4})
        if engine.reads == VPC_CNI and 6 in known:
            # Pods with an address of IPv6 alone send IPv4 by another interface, which nobody watches.
            wanted = replace(wanted, addresses=True)
        self.families = (
            known | {addresses.family(each) for each in points} | ({4} if engine.reads == VPC_CNI else set())
        )
        # To Cilium all addresses of a node are the node; pods on the host's network have the inner one.
        kinds = ("InternalIP", "ExternalIP") if engine.reads == CILIUM else ("InternalIP",)
        nodes = {value for node in model.nodes for value in at_node(node, *kinds)}
        homes = at_addresses(model.nodes, self.reading.homes)
        # What is one to an engine is a piece of its own.
        single = nodes if engine.reads in (VPC_CNI, CILIUM) else homes
        self.atoms = tuple(_atoms(tiers, self.families, points, single))
        self._starts = [first for first, _ in self.atoms]
        self.groups = groups(model, engine.reads, engine.scope, wanted, known, self.atom, self.reading.homes)
        services = _services(model, points) if engine.reads == VPC_CNI else {}
        outside = [
            Party(
                False,
                node=first == last and first in nodes,
                addresses=(first,),
                held=False,
                ports=home.ports if (home := homes.get(first)) is not None else (),
                behind=services.get(first),
                home=home,
            )
            for first, last in self.atoms
        ]
        self.universe = Universe((*self.groups.parties, *outside), self.atoms)
        failsafe = [each for spans in FAILSAFE.values() for each in spans] if self.reading.homes else []
        self.cells = Cells((*_spans(rules, self.universe.parties), *failsafe))
        self._rows: dict[tuple[int, str], Row] = {}
        self._pods: dict[int, Refs] = {}

    def atom(self, value: int) -> int:
        """The number of the piece of the line that an address is in."""
        return bisect_right(self._starts, value) - 1

    @cached_property
    def _by_direction(self) -> Mapping[str, Rows]:
        strict = self.engine.name == STRICT
        return {
            each: Rows(self.universe, self.cells, self.reading.tiers, each, strict=strict, old_family=self.old_family)
            for each in DIRECTIONS
        }

    @cached_property
    def old_family(self) -> int | None:
        """The addresses of IPv4, where an engine does not watch pods of IPv6 alone send to them."""
        return self.addresses([WHOLE[4]]) if self.engine.reads == VPC_CNI else None

    def row(self, party: int, direction: str) -> Row:
        """What a party lets through in a direction."""
        found = self._rows.get((party, direction))
        if found is None:
            chosen = self._chosen(party) if self.engine.name == STRICT else True
            found = self._rows[party, direction] = self._by_direction[direction].row(party, chosen=chosen)
        return found

    @cached_property
    def by_freedom(self) -> Mapping[str, int]:
        """All parties by why the engine does not hold them."""
        found: dict[str, list[int]] = {}
        for number, party in enumerate(self.universe.parties):
            found.setdefault(party.free, []).append(number)
        return {free: self.universe.set_of(numbers) for free, numbers in found.items()}

    def by_row(self, direction: str, among: int | None = None) -> Iterator[tuple[Row, int]]:
        """The parties of pods, or some parties, by what they let through in a direction."""
        # Rows are compared by what they are, and there are fewer of them than parties.
        found: dict[int, tuple[Row, list[int]]] = {}
        for number in bits(self.universe.pods if among is None else among):
            row = self.row(number, direction)
            found.setdefault(id(row), (row, []))[1].append(number)
        yield from ((row, self.universe.set_of(numbers)) for row, numbers in found.values())

    def by_policies(self, direction: str) -> Iterator[tuple[tuple[Ref, ...], int]]:
        """The parties of pods by the policies that hold them in a direction."""
        found: dict[tuple[Ref, ...], list[int]] = {}
        applied = self._by_direction[direction].applied
        for number in range(self.universe.first_atom):
            policies = tuple(each.policy.ref for tier in applied for each in tier.get(number, ()))
            found.setdefault(policies, []).append(number)
        yield from ((policies, self.universe.set_of(numbers)) for policies, numbers in found.items())

    def alike(self, direction: str, outside: int) -> list[int]:
        """For each piece of the line a number, the same for those that no row of a direction tells apart."""
        parts = [outside]
        for row, _ in self.by_row(direction):
            for mask in {found & outside for each in row for found in (each.sure, each.may)}:
                if any(part & mask and part & ~mask for part in parts):
                    parts = [half for part in parts for half in (part & mask, part & ~mask) if half]
        found = [0] * len(self.atoms)
        for number, part in enumerate(parts):
            for each in bits(part):
                found[each - self.universe.first_atom] = number
        return found

    def closed(self, direction: str) -> Refs:
        """The pods that some policy holds, for certain or perhaps, in a direction."""
        open_ = (FREE, NO_POLICY)
        held, every = 0, self.universe.every
        for row, parties in self.by_row(direction):
            if not (
                len(row) == 1 and row[0].reason in open_ and row[0].sure == every and row[0].ports == self.cells.every
            ):
                held |= parties
        return self.pods(held)

    def _chosen(self, party: int) -> bool | None:
        """Whether any policy of Kubernetes' own is about a party, in whichever direction."""
        applied = [
            each
            for rows in self._by_direction.values()
            for tier, found in zip(self.reading.tiers, rows.applied, strict=True)
            for each in (found.get(party, ()) if tier.name == PLAIN else ())
        ]
        return True if any(each.sure for each in applied) else (None if applied else False)

    @cached_property
    def _members(self) -> tuple[Ids, NDArray[np.intp]]:
        of_pod = self.groups.of_pod
        order = np.argsort(of_pod, kind="stable").astype(np.int32)
        return order, np.searchsorted(of_pod[order], np.arange(self.universe.first_atom + 1))

    def pods_of(self, party: int) -> Ids:
        """The numbers of a party's pods, sorted."""
        order, starts = self._members
        return order[starts[party] : starts[party + 1]]

    def pods(self, parties: int) -> Refs:
        """The pods of a set of parties."""
        parties &= self.universe.pods
        found = self._pods.get(parties)
        if found is None:
            found = self._pods[parties] = self._pods_of(parties)
        return found

    def _pods_of(self, parties: int) -> Refs:
        if parties == self.universe.pods:
            return Refs(self.model.names, np.arange(len(self.groups.of_pod), dtype=np.int32))
        if parties.bit_count() <= FEW:
            return Refs(self.model.names, np.sort(np.concatenate([NOBODY, *map(self.pods_of, bits(parties))])))
        chosen = np.zeros(self.universe.first_atom, np.bool_)
        chosen[bits(parties)] = True
        return Refs(self.model.names, np.flatnonzero(chosen[self.groups.of_pod]).astype(np.int32))

    def parties_of(self, pods: Refs) -> int:
        """The parties that some pods are of."""
        return set_of(np.unique(self.groups.of_pod[pods.ids]).tolist(), self.universe.size)

    def addresses(self, ranges: Iterable[Range]) -> int:
        """The parties that are addresses of some ranges, in whole or in part."""
        found = 0
        for first, last in ranges:
            low, high = max(self.atom(first), 0), self.atom(last)
            found |= ((1 << (high - low + 1)) - 1) << (self.universe.first_atom + low)
        return found


def _services(model: Model, points: Iterable[int]) -> dict[int, Party]:
    """The addresses of Services among some, each with a pod of the labels that the Service selects."""
    found: dict[int, Party] = {}
    spaces = labels_of_spaces(model, VPC_CNI)
    for ref, service in model.services.items() if points else ():
        at = addresses.number(service.spec.cluster_ip or "")
        if at is not None and at in points and service.spec.selector:
            labels = Labels(service.spec.selector)
            found[at] = Party(True, ref.namespace, labels, spaces[ref.namespace], held=False)
    return found


def _rules(tiers: Iterable[Tier]) -> Iterator[Rule]:
    for tier in tiers:
        for policy in tier.policies:
            for direction in DIRECTIONS:
                yield from policy.rules(direction) or ()


def _spans(rules: Iterable[Rule], parties: Iterable[Party]) -> Iterator[Span]:
    names: set[NamedPort] = set()
    for rule in rules:
        yield from rule.ports.spans
        names.update(rule.ports.names)
    for ports in {party.ports for party in parties}:
        for name in names:
            yield from spans_named(ports, name)


def _atoms(
    tiers: Iterable[Tier], families: frozenset[int], points: Iterable[int], nodes: Iterable[int]
) -> Iterator[Range]:
    """The line cut where a policy begins or ends a range, and around addresses of note."""
    cuts = {WHOLE[each][0] for each in families}
    ends = {WHOLE[each][1] + 1 for each in families}
    for each in (*map(addresses.number, (*METADATA, *AGENT)), *points, *nodes):
        if each is not None:
            cuts |= {each, each + 1}
    terms = {term for rule in _rules(tiers) for term in (rule.peer, rule.own)}
    for leaf in leaves(terms):
        if isinstance(leaf, Nets):
            cuts |= {end for first, last in leaf.ranges for end in (first, last + 1)}
    for first, after in pairwise(sorted(cuts | ends)):
        if addresses.family(first) in families:
            yield first, after - 1


@memoised
def network(model: Model, engine: Engine, points: tuple[int, ...] = ()) -> Network:
    return Network(model, engine, points)
