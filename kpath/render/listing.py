"""Refs as a list, kind by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpath.refs import Ref
from kpath.render.escape import plain

# How many of a kind are listed before the rest is counted.
MOST = 25


def listing(
    refs: Sequence[Ref], *, plain_names: bool = False, missing: Sequence[str] = (), everything: bool = True
) -> Iterator[str]:
    """A line per ref, under a heading per kind with its count; of many of a kind the first, unless `everything`."""
    if plain_names:
        yield from (plain(ref) for ref in refs)
        return
    kinds: dict[str, list[Ref]] = {}
    for ref in refs:
        kinds.setdefault(ref.kind, []).append(ref)
    yield f"{len(refs):,} reached" if refs else "nothing reached"
    for kind, members in sorted(kinds.items()):
        yield ""
        yield f"{kind.upper()}  {len(members):,}"
        shown = members if everything or len(members) <= MOST + 1 else members[:MOST]
        yield from (f"  {plain(ref)}" for ref in shown)
        if len(shown) < len(members):
            yield f"  and {len(members) - len(shown):,} more; --all shows them"
    if missing:
        yield ""
        yield f"not collected: {', '.join(plain(each) for each in missing)}"
