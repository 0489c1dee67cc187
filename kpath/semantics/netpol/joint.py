"""The networks of all engines that run, as one: a connection is let through if every engine lets it through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from msgspec import Struct

from kpath.model.sets import Ids
from kpath.model.tables import Model
from kpath.semantics.netpol.addresses import METADATA, WHOLE, Range, family, number
from kpath.semantics.netpol.engine import Engine
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.parties import families_of
from kpath.semantics.netpol.ports import Cells, Span
from kpath.semantics.netpol.reach import Product, products
from kpath.semantics.netpol.rows import FREE, Reason
from kpath.semantics.netpol.universe import bits, set_of

# Why an engine lets out of one end what its policies could forbid: it does not watch this family of addresses.
UNWATCHED = "unwatched"


class Because(Struct, frozen=True):
    """Why one engine lets a connection through: the sender's reason and the receiver's."""

    out: Reason
    into: Reason


class Connection(Struct, frozen=True):
    """Every one of `sources` reaches every one of `targets` on some ports; why, engine by engine."""

    sources: int
    targets: int
    ports: int
    sure: bool
    because: tuple[Because, ...] = ()


class Joint:
    """Parties that no engine tells apart, pods first, then pieces of the line of addresses; ports cut as by all.

    `points` are addresses that are asked about, `spans` ports. Without an engine that enforces anything, all pods
    are one party.
    """

    def __init__(
        self, model: Model, engines: Iterable[Engine], points: tuple[int, ...] = (), spans: Sequence[Span] = ()
    ) -> None:
        self.model, self.engines = model, tuple(engines)
        self.networks = _networks(model, [each for each in self.engines if each.enforces], points)
        self.parts, self.of_pod = _pods(self.networks, len(model.pods))
        self.first_atom = self.parts.shape[1]
        self.atoms = tuple(_atoms(self.networks, families_of(model) or frozenset({4}), points))
        self.size = self.first_atom + len(self.atoms)
        self.pods = (1 << self.first_atom) - 1
        self.every = (1 << self.size) - 1
        self.outside = self.every ^ self.pods
        self.cells = Cells([piece for each in self.networks for piece in each.cells.pieces] + list(spans))

    def parties_of(self, rows: Ids) -> int:
        """The parties that some pods are of."""
        return set_of(np.unique(self.of_pod[rows]).tolist(), self.size)

    def addresses(self, ranges: Iterable[Range]) -> int:
        """The parties that are addresses within some ranges, whose ends are points."""
        wanted = list(ranges)
        return set_of(
            (
                self.first_atom + index
                for index, (first, last) in enumerate(self.atoms)
                if any(low <= first and last <= high for low, high in wanted)
            ),
            self.size,
        )

    def party_in(self, seen: int, party: int) -> int:
        """The number that a party has in one of the networks."""
        if party < self.first_atom:
            return int(self.parts[seen, party])
        found = self.networks[seen]
        return found.universe.first_atom + found.atom(self.atoms[party - self.first_atom][0])


def connections(joint: Joint, sources: int | None = None, targets: int | None = None) -> list[Connection]:
    """Who reaches whom, of all parties or of some. Two addresses outside are no connection of the cluster's."""
    sources = joint.every if sources is None else sources
    targets = joint.every if targets is None else targets
    found = list(_everything(joint, sources, targets))
    for seen in range(len(joint.networks)):
        let = list(_of_network(joint, seen, sources, targets))
        found = let if seen == 0 else list(_both(joint, found, let))
    return found


def _everything(joint: Joint, sources: int, targets: int) -> Iterator[Connection]:
    """What there is where nothing is enforced."""
    for senders, receivers in (
        (sources & joint.pods, targets),
        (sources & joint.outside, targets & joint.pods),
    ):
        if senders and receivers:
            yield Connection(senders, receivers, joint.cells.every, True)


def _of_network(joint: Joint, seen: int, sources: int, targets: int) -> Iterator[Connection]:
    """The products of one network, in the joint's parties and ports."""
    found = joint.networks[seen]
    members: list[list[int]] = [[] for _ in range(found.universe.size)]
    for party in range(joint.size):
        members[joint.party_in(seen, party)].append(party)
    masks = [set_of(each, joint.size) if each else 0 for each in members]

    @cache
    def parties(mask: int) -> int:
        return set_of((party for each in bits(mask) for party in members[each]), joint.size) if mask else 0

    @cache
    def ports(mask: int) -> int:
        return joint.cells.mask(found.cells.spans(mask))

    asked = [
        None if mask == joint.every
        else set_of((each for each, own in enumerate(masks) if own & mask), found.universe.size)
        for mask in (sources, targets)
    ]  # fmt: skip
    split = _split(found)
    for each in products(found, *asked):
        for senders, receivers, because in split(each):
            let = parties(senders) & sources, parties(receivers) & targets
            if all(let):
                yield Connection(*let, ports(each.ports), each.sure, (because,))


def _split(found: Network) -> Callable[[Product], Iterator[tuple[int, int, Because]]]:
    """What cuts a product where it goes by pods that the engine does not hold: by why it does not."""
    masks = {free or UNWATCHED: alike & found.universe.pods for free, alike in found.by_freedom.items()}

    def ends(reason: Reason, parties: int) -> Iterator[tuple[Reason, int]]:
        if reason != FREE:
            yield reason, parties
            return
        for word, mask in masks.items():
            if parties & mask:
                yield (FREE[0], word), parties & mask

    def split(product: Product) -> Iterator[tuple[int, int, Because]]:
        for out, senders in ends(product.out, product.sources):
            for into, receivers in ends(product.into, product.targets):
                yield senders, receivers, Because(out, into)

    return split


def _both(joint: Joint, found: Sequence[Connection], other: Sequence[Connection]) -> Iterator[Connection]:
    """What two engines both let through."""
    by_source: dict[int, list[int]] = {}
    for index, each in enumerate(other):
        for party in bits(each.sources):
            by_source.setdefault(party, []).append(index)
    for one in found:
        for index in dict.fromkeys(index for party in bits(one.sources) for index in by_source.get(party, ())):
            two = other[index]
            sources, targets, ports = one.sources & two.sources, one.targets & two.targets, one.ports & two.ports
            if targets and ports:
                yield Connection(sources, targets, ports, one.sure and two.sure, (*one.because, *two.because))


def _networks(model: Model, engines: Sequence[Engine], points: tuple[int, ...]) -> tuple[Network, ...]:
    """The networks, each with addresses of every family that any of them has."""
    found = tuple(network(model, each, points) for each in engines)
    families = frozenset().union(*(each.families for each in found))
    more = tuple(
        at for text in METADATA if (at := number(text)) is not None and family(at) in families and at not in points
    )
    # The metadata address is a piece of its own anyway; asked about, it brings its family with it.
    return tuple(
        each if each.families == families else network(model, each.engine, tuple(sorted((*points, *more))))
        for each in found
    )


def _pods(networks: Sequence[Network], count: int) -> tuple[Ids, Ids]:
    """For each joint party its number in every network, and for each pod its joint party."""
    if not networks:
        return np.zeros((0, int(count > 0)), np.int32), np.zeros(count, np.int32)
    stacked = np.stack([each.groups.of_pod for each in networks])
    parts, of_pod = np.unique(stacked, axis=1, return_inverse=True)
    return parts.astype(np.int32), of_pod.reshape(-1).astype(np.int32)


def _atoms(networks: Sequence[Network], families: frozenset[int], points: Iterable[int]) -> Iterator[Range]:
    """The line cut wherever a network cuts it."""
    families = families.union(*(each.families for each in networks), map(family, points))
    cuts = {first for each in networks for first, _ in each.atoms}
    cuts |= {WHOLE[each][0] for each in families} | {each + more for each in points for more in (0, 1)}
    ends = {WHOLE[each][1] + 1 for each in families}
    for first, after in pairwise(sorted(cuts | ends)):
        if family(first) in families:
            yield first, after - 1
