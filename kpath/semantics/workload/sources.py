"""Whom a list of source ranges lets in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network

WITHIN = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))

Network = IPv4Network | IPv6Network


def listed(annotation: str | None) -> list[str]:
    """The ranges in the text of an annotation."""
    return [each.strip() for each in (annotation or "").split(",") if each.strip()]


def is_everybody(ranges: Iterable[str]) -> bool:
    """Whether ranges together hold every address, of one version at least."""
    found = list(_networks(ranges))
    every: tuple[Network, ...] = (
        *collapse_addresses(each for each in found if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in found if isinstance(each, IPv6Network)),
    )
    return any(each.prefixlen == 0 for each in every)


def includes_private(ranges: Iterable[str]) -> bool:
    """Whether some address of a private network is in one of them."""
    return any(_meet(each, network) for each in _networks(ranges) for network in WITHIN)


def is_private(address: str) -> bool | None:
    """Whether an address is one of a private network; `None` for what is no address."""
    try:
        number = ip_address(address)
    except ValueError:
        return None
    return any(number in network for network in WITHIN if network.version == number.version)


def _meet(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.overlaps(other)
    return isinstance(other, IPv6Network) and one.overlaps(other)


def _networks(ranges: Iterable[str]) -> Iterator[Network]:
    for each in ranges:
        try:
            yield ip_network(each, strict=False)
        except ValueError:
            continue
