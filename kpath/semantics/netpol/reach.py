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


def sides(network: Network, direction: str, among: int | None = None) -> list[Side]:
    """What all parties let through, or some, each let once with those who have it."""
    found: dict[Let, list[int]] = {}
    universe = network.universe
    for number in bits(universe.pods if among is None else among & universe.pods):
        for each in network.row(number, direction):
            found.setdefault(each, []).append(number)
    for number in bits(universe.outside if among is None else among & universe.outside):
        for each in network.row(number, direction):
            found.setdefault(each, []).append(number)
    return [Side(universe.set_of(numbers), let) for let, numbers in found.items()]


def products(network: Network, sources: int | None = None, targets: int | None = None) -> Iterator[Product]:
    """Who reaches whom, of all parties or of some. Two addresses outside are no connection of the cluster's."""
    out, into = sides(network, EGRESS, sources), sides(network, INGRESS, targets)
    of_party: dict[int, list[int]] = {}
    for number, side in enumerate(into):
        for party in bits(side.own):
            of_party.setdefault(party, []).append(number)
    for side in out:
        for each in _facing(side, into, of_party):
            other = into[each]
            if side.own & other.let.may and side.let.ports & other.let.ports:
                yield from _joined(network, side, other)


def _facing(side: Side, into: Sequence[Side], of_party: dict[int, list[int]]) -> Iterator[int]:
    """The receiving sides that have some party that a sending side lets out to."""
    peers = side.let.may
    if peers.bit_count() >= len(into):
        yield from (number for number, each in enumerate(into) if each.own & peers)
        return
    yield from dict.fromkeys(number for party in bits(peers) for number in of_party.get(party, ()))


def _joined(network: Network, side: Side, other: Side) -> Iterator[Product]:
    ports = side.let.ports & other.let.ports
    maybe = side.own & other.let.may, other.own & side.let.may
    sure = side.own & other.let.sure, other.own & side.let.sure
    for sources, targets, is_sure in ((*sure, True), *(((*maybe, False),) if maybe != sure else ())):
        # What comes from outside goes to pods.
        for part in (network.universe.pods, network.universe.outside):
            among = targets if part == network.universe.pods else targets & network.universe.pods
            if (senders := sources & part) and among:
                yield Product(senders, among, ports, is_sure, side.let.reason, other.let.reason)


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
