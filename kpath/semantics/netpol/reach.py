"""Who reaches whom: what the senders let out and what the receivers let in, joined as products of sets.

A product is every sender of one set with every receiver of another; no pair is ever an object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kpath.semantics.netpol.network import Network
from kpath.semantics.netpol.policy import EGRESS, INGRESS
from kpath.semantics.netpol.rows import Let, Reason
from kpath.semantics.netpol.universe import bits


class Side(Struct, frozen=True):
    """Parties that let the same peers through for the same reason, on the same ports."""

    own: int
    let: Let


class Product(Struct, frozen=True):
    """Every one of `sources` reaches every one of `targets` on some ports, for certain or perhaps, and why."""

    sources: int
    targets: int
    ports: int
    sure: bool
    out: Reason
    into: Reason
    # At which end it is in doubt, the sender's and the receiver's.
    doubts: tuple[bool, bool] = (False, False)


def sides(network: Network, direction: str, among: int | None = None) -> list[Side]:
    """What all parties let through, or some, each let once with those who have it."""
    found: dict[Let, int] = {}
    for row, own in network.by_row(direction, network.universe.every if among is None else among):
        for each in row:
            found[each] = found[each] | own if each in found else own
    return [Side(own, let) for let, own in found.items()]


def products(network: Network, sources: int | None = None, targets: int | None = None) -> Iterator[Product]:
    """Who reaches whom, of all parties or of some. Two addresses outside are no connection of the cluster's."""
    out, into = sides(network, EGRESS, sources), sides(network, INGRESS, targets)
    by_ports: dict[int, list[Side]] = {}
    for side in into:
        by_ports.setdefault(side.let.ports, []).append(side)
    receivers = [Receivers(several) for several in by_ports.values()]
    for side in out:
        for each in receivers:
            for other in each.facing(side.let.may) if side.let.ports & each.ports else ():
                if side.own & other.let.may:
                    yield from _joined(network, side, other)


class Receivers:
    """Receiving sides that let in on the same ports, by their parties."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.sides, self.ports = sides, sides[0].let.ports
        self.every = 0
        self._of_party: dict[int, list[int]] = {}
        for number, side in enumerate(sides):
            self.every |= side.own
            for party in bits(side.own):
                self._of_party.setdefault(party, []).append(number)

    def facing(self, peers: int) -> Iterator[Side]:
        """The sides that have some of some parties."""
        here = peers & self.every
        if here.bit_count() >= len(self.sides):
            yield from (each for each in self.sides if each.own & here)
            return
        yield from map(self.sides.__getitem__, dict.fromkeys(n for party in bits(here) for n in self._of_party[party]))


def _joined(network: Network, side: Side, other: Side) -> Iterator[Product]:
    ports = side.let.ports & other.let.ports
    maybe = side.own & other.let.may, other.own & side.let.may
    sure = side.own & other.let.sure, other.own & side.let.sure
    for sources, targets, is_sure in ((*sure, True), *(((*maybe, False),) if maybe != sure else ())):
        # What comes from outside goes to pods.
        for part in (network.universe.pods, network.universe.outside):
            among = targets if part == network.universe.pods else targets & network.universe.pods
            if (some := sources & part) and among:
                doubts = (False, False) if is_sure else (_in_doubt(side.let), _in_doubt(other.let))
                yield Product(some, among, ports, is_sure, side.let.reason, other.let.reason, doubts)


def _in_doubt(let: Let) -> bool:
    return let.sure != let.may


def between(network: Network, source: int, target: int) -> tuple[int, int]:
    """The ports on which one party reaches another: for certain, and perhaps."""
    sure_out, may_out = _ports(network.row(source, EGRESS), target)
    sure_in, may_in = _ports(network.row(target, INGRESS), source)
    return sure_out & sure_in, may_out & may_in


def _ports(row: Sequence[Let], peer: int) -> tuple[int, int]:
    sure = may = 0
    for each in row:
        if each.may >> peer & 1:
            may |= each.ports
            sure |= each.ports if each.sure >> peer & 1 else 0
    return sure, may
