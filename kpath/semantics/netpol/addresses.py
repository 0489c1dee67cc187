"""Addresses of both families on one line of numbers, and what is known by its address.

Source: RFC 4291 and RFC 1918; the IANA registries of special-purpose addresses; Amazon EC2 and EKS user guides for
169.254.169.254 and 169.254.170.23.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)

from kpath.model.tables import Node

# IPv4 first, IPv6 after it.
OFFSET = 2**32
END = OFFSET + 2**128
WHOLE = {4: (0, OFFSET - 1), 6: (OFFSET, END - 1)}

# The length of the one block of IPv6 in which addresses of IPv4 are written.
MAPPED = 96

Range = tuple[int, int]
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=65536)
def number(text: str) -> int | None:
    """An address as a number, or `None` if it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if "%" in text else _placed(found)


def _placed(found: IPv4Address | IPv6Address) -> int:
    """The place of an address; one of IPv4 that is written as one of IPv6 is what engines take it for."""
    if isinstance(found, IPv6Address):
        return OFFSET + int(found) if found.ipv4_mapped is None else int(found.ipv4_mapped)
    return int(found)


@lru_cache(maxsize=65536)
def block(text: str, *, bare: bool = False) -> Range | None:
    """The first and the last number of a CIDR block, `bare` of an address as well; `None` if it is none."""
    _, slash, length = text.partition("/")
    # Masks are no lengths to any engine.
    if not (length.isdigit() if slash else bare):
        return None
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    first, last = found[0], found[-1]
    if "%" in text:
        return None
    if isinstance(found, IPv6Network) and found.prefixlen < MAPPED:
        return OFFSET + int(first), OFFSET + int(last)
    return _placed(first), _placed(last)


def family(value: int) -> int:
    return 4 if value < OFFSET else 6


def address(value: int) -> str:
    """A number as an address."""
    return str(IPv4Address(value) if value < OFFSET else IPv6Address(value - OFFSET))


def blocks(ranges: Iterable[Range]) -> Iterator[Network]:
    """The fewest CIDR blocks that hold just some ranges."""
    for first, last in merged(ranges):
        if first < OFFSET:
            yield from summarize_address_range(IPv4Address(first), IPv4Address(min(last, OFFSET - 1)))
        if last >= OFFSET:
            low = max(first, OFFSET) - OFFSET
            yield from summarize_address_range(IPv6Address(low), IPv6Address(last - OFFSET))


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Ranges in their order, those that meet as one."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1 and (found[-1][1] < OFFSET) == (first < OFFSET):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def less(ranges: Iterable[Range], taken: Iterable[Range]) -> Iterator[Range]:
    """What is left of some ranges without others."""
    away = merged(taken)
    for first, last in merged(ranges):
        left = first
        for low, high in away:
            if left <= high and low <= last:
                if left < low:
                    yield left, low - 1
                left = high + 1
        if left <= last:
            yield left, last


def _block(text: str) -> Range:
    found = block(text)
    assert found is not None
    return found


METADATA = ("169.254.169.254", "fd00:ec2::254")
AGENT = ("169.254.170.23", "fd00:ec2::23")
# No address of the internet is in one of these.
PRIVATE: tuple[Range, ...] = tuple(map(_block, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "::/3", "fc00::/7", "fe80::/10", "ff00::/8",
)))  # fmt: skip

PUBLIC = tuple(less(WHOLE.values(), PRIVATE))
# What no pod has: addresses of the link, the loopback, and the services of a node.
LOCAL = tuple(map(_block, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10", "fd00:ec2::/32")))
# What machines of a VPC may have; their IPv6 addresses are those of the internet.
VPC = tuple(map(_block, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "2000::/3", "fc00::/7")))


def at_node(node: Node, *kinds: str) -> tuple[int, ...]:
    """The addresses of a node: those that its pods have on the host's network, or those of some kinds."""
    told = (number(each.address) for each in node.addresses if each.type in (kinds or ("InternalIP",)))
    return tuple(found for found in told if found is not None)
