"""Ports: what a rule says of them, and sets of them as bits of one number.

Source: the Kubernetes API reference, NetworkPolicyPort; Calico's reference, Ports.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

PROTOCOLS = ("TCP", "UDP", "SCTP")
FIRST, LAST = 1, 65535


class Span(Struct, frozen=True, order=True):
    """The ports of a protocol from the first to the last."""

    protocol: str
    first: int = FIRST
    last: int = LAST


class NamedPort(Struct, frozen=True):
    """A port by its name in the destination, of a protocol or, without one, of any."""

    name: str
    protocol: str | None = "TCP"


class Ports(Struct, frozen=True):
    """The ports of a rule: any of the spans or names. What else it says of ports could not be read if in `doubt`."""

    spans: tuple[Span, ...] = ()
    names: tuple[NamedPort, ...] = ()
    doubt: bool = False


EVERY = Ports(tuple(Span(protocol) for protocol in PROTOCOLS))


class Cells:
    """All ports cut at the ends of some spans: a set of ports is a number with a bit for each piece."""

    def __init__(self, spans: Iterable[Span]) -> None:
        edges: dict[str, set[int]] = {protocol: {FIRST, LAST + 1} for protocol in PROTOCOLS}
        for each in spans:
            edges[each.protocol].update((each.first, each.last + 1))
        self.pieces: list[Span] = []
        self._starts: dict[str, tuple[int, list[int]]] = {}
        for protocol in PROTOCOLS:
            cuts = sorted(edges[protocol])
            self._starts[protocol] = (len(self.pieces), cuts)
            self.pieces += (Span(protocol, low, high - 1) for low, high in pairwise(cuts))
        self.every = (1 << len(self.pieces)) - 1

    def mask(self, spans: Iterable[Span]) -> int:
        """The set of the ports of some spans, whose ends are cuts."""
        found = 0
        for each in spans:
            base, cuts = self._starts[each.protocol]
            low, high = bisect_left(cuts, each.first), bisect_left(cuts, each.last + 1)
            found |= ((1 << (high - low)) - 1) << (base + low)
        return found

    def piece(self, protocol: str, port: int) -> int:
        """The set of the ports that no rule tells from one."""
        base, cuts = self._starts[protocol]
        return 1 << (base + bisect_right(cuts, port) - 1)

    def spans(self, mask: int) -> Iterator[Span]:
        """The spans of a set, those that meet as one."""
        last: Span | None = None
        for number, piece in enumerate(self.pieces):
            if not mask >> number & 1:
                continue
            if last is not None and last.protocol == piece.protocol and last.last + 1 == piece.first:
                last = Span(last.protocol, last.first, piece.last)
            else:
                if last is not None:
                    yield last
                last = piece
        if last is not None:
            yield last


def common(some: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The ports that are in both of two sets of spans."""
    listed = tuple(others)
    return tuple(
        Span(one.protocol, max(one.first, other.first), min(one.last, other.last))
        for one in some
        for other in listed
        if one.protocol == other.protocol and one.first <= other.last and other.first <= one.last
    )


def text(spans: Iterable[Span]) -> str:
    """Ports as answers show them: `TCP 80,443-445; UDP 53`, `all`, or `none`."""
    found = sorted(spans)
    if set(found) == set(EVERY.spans):
        return "all"
    by_protocol: dict[str, list[str]] = {}
    for each in found:
        numbers = str(each.first) if each.first == each.last else f"{each.first}-{each.last}"
        by_protocol.setdefault(each.protocol, []).append(numbers)
    told = (f"{protocol} {','.join(by_protocol[protocol])}" for protocol in PROTOCOLS if protocol in by_protocol)
    return "; ".join(told) or "none"
