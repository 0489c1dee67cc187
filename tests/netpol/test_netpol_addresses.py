"""Addresses and blocks as numbers on one line."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpath.semantics.netpol.addresses import (
    END,
    METADATA,
    OFFSET,
    PRIVATE,
    PUBLIC,
    WHOLE,
    Range,
    address,
    block,
    blocks,
    family,
    less,
    merged,
    number,
)

ADDRESSES = {
    "0.0.0.0": 0,
    "10.0.0.1": 10 << 24 | 1,
    "255.255.255.255": OFFSET - 1,
    "::": OFFSET,
    "::1": OFFSET + 1,
    "::ffff:10.0.0.1": 10 << 24 | 1,
    "FD00:EC2::254": OFFSET + 0xFD00_0EC2 * 2**96 + 0x254,
    "": None,
    "10.0.0": None,
    "10.0.0.256": None,
    "010.0.0.1": None,
    "10.0.0.1/32": None,
    "fe80::1%eth0": None,
    " 10.0.0.1": None,
    "shop/web": None,
}
BLOCKS = {
    "0.0.0.0/0": WHOLE[4],
    "::/0": WHOLE[6],
    "10.0.0.0/8": (10 << 24, (11 << 24) - 1),
    "10.1.2.3/8": (10 << 24, (11 << 24) - 1),
    "10.0.0.1/32": (10 << 24 | 1, 10 << 24 | 1),
    "::1/128": (OFFSET + 1, OFFSET + 1),
    "::ffff:10.0.0.0/104": (10 << 24, (11 << 24) - 1),
    "::ffff:0:0/96": WHOLE[4],
    "::fffe:0:0/95": (OFFSET + 0xFFFE_0000_0000, OFFSET + 0xFFFF_FFFF_FFFF),
    "10.0.0.1": None,
    "10.0.0.0/33": None,
    "::/129": None,
    "10.0.0.0/-1": None,
    "10.0.0.0/": None,
    "10.0.0.0/8/8": None,
    "10.0.0.0/255.0.0.0": None,
    "10.0.0.0/8 ": None,
    "10.0.0.0/٨": None,
    "fe80::%eth0/64": None,
    "": None,
    "/": None,
}
LINE = st.one_of(st.integers(0, 300), st.integers(OFFSET - 300, OFFSET + 300), st.integers(END - 300, END - 1))


@pytest.mark.parametrize(("text", "expected"), ADDRESSES.items())
def test_an_address_is_a_number(text: str, expected: int | None) -> None:
    assert expected == number(text)


@pytest.mark.parametrize(("text", "expected"), BLOCKS.items())
def test_a_block_is_its_first_and_its_last(text: str, expected: Range | None) -> None:
    assert expected == block(text)


def test_an_address_alone_is_a_block_only_where_an_engine_takes_it_for_one() -> None:
    assert block("10.0.0.1", bare=True) == block("10.0.0.1/32")
    assert block("::1", bare=True) == block("::1/128")
    assert block("nowhere", bare=True) is None


@given(LINE)
def test_a_number_is_an_address_again(value: int) -> None:
    """But for those of IPv6 that stand for one of IPv4, which are that one."""
    found = number(address(value))

    assert found in (value, value - OFFSET - 0xFFFF_0000_0000)
    assert family(value) == (6 if ":" in address(value) else 4)


@st.composite
def ranges(draw: st.DrawFn) -> list[Range]:
    pairs = draw(st.lists(st.tuples(LINE, LINE), max_size=6))
    return [(min(pair), max(pair)) for pair in pairs if family(pair[0]) == family(pair[1])]


@given(ranges(), st.lists(LINE, min_size=1, max_size=20))
def test_ranges_put_together_hold_the_same(found: list[Range], values: list[int]) -> None:
    """Also as the fewest blocks, and what is left of the line holds the rest."""
    ends = [end for each in found for end in each]
    nets = list(blocks(found))
    for value in [*values, *ends]:
        expected = any(first <= value <= last for first, last in found)

        assert expected == any(first <= value <= last for first, last in merged(found))
        assert expected != any(first <= value <= last for first, last in less(WHOLE.values(), found))
        assert expected == any(_holds(net, value) for net in nets)


def _holds(net: IPv4Network | IPv6Network, value: int) -> bool:
    start = 0 if net.version == 4 else OFFSET
    return start + int(net[0]) <= value <= start + int(net[-1])


def test_whole_families_are_two_blocks() -> None:
    assert [str(each) for each in blocks(WHOLE.values())] == ["0.0.0.0/0", "::/0"]
    assert list(less(WHOLE.values(), WHOLE.values())) == []
    assert list(less(WHOLE.values(), [])) == list(WHOLE.values())


@pytest.mark.parametrize("text", [*METADATA, "10.1.2.3", "100.64.0.1", "172.31.0.1", "192.168.0.1", "203.0.113.9"])
def test_addresses_that_are_not_of_the_internet(text: str) -> None:
    value = number(text)
    assert value is not None

    assert any(first <= value <= last for first, last in PRIVATE)
    assert not any(first <= value <= last for first, last in PUBLIC)


@pytest.mark.parametrize("text", ["8.8.8.8", "172.32.0.1", "11.0.0.0", "2600::1"])
def test_addresses_that_are(text: str) -> None:
    value = number(text)
    assert value is not None

    assert any(first <= value <= last for first, last in PUBLIC)


@given(st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_blocks_are_those_of_the_standard_library(length: int, value: int) -> None:
    net = ip_network((value, length), strict=False)

    assert block(str(net)) == (int(net[0]), int(net[-1]))
