"""Products of senders and receivers: what one leaves of another, and as few of them as say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace


class Block(Struct, frozen=True):
    """Every one of some senders, with every one of some receivers: sets of peers, ports of the joint network.

    `openly` is why, in the words for all whom no policy restricts; empty where a policy lets them through.
    """

    sources: int
    targets: int
    ports: int
    verdict: str
    why: str
    openly: str = ""


def without(each: Block, others: Iterable[Block]) -> list[Block]:
    """What of a block none of some others has."""
    parts = [each]
    for one in others:
        if parts and one.sources & each.sources and one.targets & each.targets and one.ports & each.ports:
            parts = [rest for part in parts for rest in _rest(part, one)]
    return parts


def _rest(part: Block, one: Block) -> Iterator[Block]:
    """A block without another: other senders, other receivers, other ports."""
    sources, targets, ports = part.sources & one.sources, part.targets & one.targets, part.ports & one.ports
    if not (sources and targets and ports):
        yield part
        return
    for left in (
        replace(part, sources=part.sources & ~one.sources),
        replace(part, sources=sources, targets=part.targets & ~one.targets),
        replace(part, sources=sources, targets=targets, ports=part.ports & ~one.ports),
    ):
        if left.sources and left.targets and left.ports:
            yield left


def folded(blocks: Iterable[Block]) -> list[Block]:
    """Fewer blocks: those that say the same of the same receivers as one, then those of the same senders."""
    by_targets: dict[tuple[object, ...], Block] = {}
    for each in blocks:
        said = replace(each, why=each.openly or each.why)
        key = (said.targets, said.ports, said.verdict, said.why)
        known = by_targets.get(key, said)
        by_targets[key] = replace(said, sources=said.sources | known.sources)
    by_sources: dict[tuple[object, ...], Block] = {}
    for each in by_targets.values():
        key = (each.sources, each.ports, each.verdict, each.why)
        known = by_sources.get(key, each)
        by_sources[key] = replace(each, targets=each.targets | known.targets)
    return in_order(by_sources.values())


def in_order(blocks: Iterable[Block]) -> list[Block]:
    """By the first sender and the first receiver."""
    return sorted(blocks, key=_order)


def _order(each: Block) -> tuple[int, int, str, int, str, int, int]:
    source, target = ((mask & -mask).bit_length() for mask in (each.sources, each.targets))
    return source, target, each.verdict, each.ports, each.why, each.sources, each.targets
