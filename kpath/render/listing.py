"""Refs as a list, kind by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpath.refs import Ref
from kpath.render.escape import plain


def listing(refs: Sequence[Ref], *, plain_names: bool = False, missing: Sequence[str] = ()) -> Iterator[str]:
    """A line per ref, under a heading per kind with its count."""
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
        yield from (f"  {plain(ref)}" for ref in members)
    if missing:
        yield ""
        yield f"not collected: {', '.join(plain(each) for each in missing)}"
