"""Sets of ports as bits, and how they are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpath.semantics.netpol.calico_ports import without
from kpath.semantics.netpol.ports import EVERY, FIRST, LAST, PROTOCOLS, Cells, Span, common, text

TEXTS = {
    "none": [],
    "all": list(EVERY.spans),
    "TCP 80": [Span("TCP", 80, 80)],
    "TCP 80,443-445; UDP 53": [Span("UDP", 53, 53), Span("TCP", 443, 445), Span("TCP", 80, 80)],
    "TCP 1-65535": [Span("TCP")],
    "TCP 1-65535; UDP 1-65535": [Span("TCP"), Span("UDP")],
    "SCTP 65535": [Span("SCTP", LAST, LAST)],
}


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    ports = st.one_of(st.integers(FIRST, 30), st.integers(LAST - 10, LAST))
    pairs = draw(st.lists(st.tuples(st.sampled_from(PROTOCOLS), ports, ports), max_size=6))
    return [Span(protocol, min(ends), max(ends)) for protocol, *ends in pairs]


def holds(found: list[Span], protocol: str, port: int) -> bool:
    return any(each.protocol == protocol and each.first <= port <= each.last for each in found)


@pytest.mark.parametrize(("expected", "found"), TEXTS.items(), ids=TEXTS)
def test_ports_are_told_by_protocol(expected: str, found: list[Span]) -> None:
    assert expected == text(found)


@given(spans(), spans())
def test_sets_of_ports_are_sets(some: list[Span], others: list[Span]) -> None:
    """Union, intersection and difference are those of the bits."""
    cells = Cells([*some, *others])
    one, other = cells.mask(some), cells.mask(others)

    for protocol in PROTOCOLS:
        for port in (*range(FIRST, 40), *range(LAST - 12, LAST + 1)):
            piece = cells.piece(protocol, port)
            is_one, is_other = holds(some, protocol, port), holds(others, protocol, port)
            assert is_one == bool(one & piece)
            assert (is_one or is_other) == holds(list(cells.spans(one | other)), protocol, port)
            assert (is_one and is_other) == holds(list(cells.spans(one & other)), protocol, port)
            assert (is_one and is_other) == holds(list(common(some, others)), protocol, port)
            assert (is_one and not is_other) == holds(list(cells.spans(one & ~other)), protocol, port)
            assert (is_one and not is_other) == holds(list(without(some, others)), protocol, port)


@given(spans())
def test_spans_that_meet_are_one(found: list[Span]) -> None:
    """What a set is told as has no neighbours, and is the same set."""
    cells = Cells(found)
    told = list(cells.spans(cells.mask(found)))

    assert told == sorted(told, key=lambda each: (PROTOCOLS.index(each.protocol), each.first))
    assert not any(holds(told, each.protocol, each.last + 1) for each in told)
    assert cells.mask(told) == cells.mask(found)


def test_without_cuts_each_protocol_is_one_piece() -> None:
    cells = Cells([])

    assert cells.pieces == list(EVERY.spans)
    assert list(cells.spans(cells.every)) == list(EVERY.spans)
    assert cells.mask(EVERY.spans) == cells.every
    assert list(cells.spans(0)) == []


def test_a_port_listed_a_thousand_times_is_one_piece() -> None:
    assert len(Cells([Span("TCP", 80, 80)] * 1000).pieces) == len(PROTOCOLS) + 2
