"""The refs and steps of a report, as a drawing has them: each once, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from kpath.refs import Ref
from kpath.report import Path


class Edge(Struct, frozen=True, order=True):
    """Steps between two refs."""

    source: Ref
    target: Ref
    ids: tuple[str, ...]
    sure: bool


class Drawing(Struct, frozen=True):
    """Refs with a number each, and the edges between them."""

    refs: Mapping[Ref, str]
    edges: tuple[Edge, ...]
    starts: frozenset[Ref]
    goals: frozenset[Ref]


def drawing(paths: Iterable[Path]) -> Drawing:
    """The paths laid on top of each other."""
    listed = list(paths)
    found: dict[tuple[Ref, Ref], dict[str, bool]] = {}
    refs: dict[Ref, None] = {}
    for path in listed:
        refs[path.source] = None
        for _, step in path.chain():
            for source in (step.source, *(side.target for side in step.also)):
                refs[source] = refs[step.target] = None
                ids = found.setdefault((source, step.target), {})
                ids[step.id] = ids.get(step.id, False) or not step.assumptions
    edges = tuple(
        Edge(source, target, tuple(sorted(ids)), any(ids.values())) for (source, target), ids in found.items()
    )
    numbered = {ref: f"n{number}" for number, ref in enumerate(refs)}
    return Drawing(
        numbered, edges, frozenset(path.source for path in listed), frozenset(path.target for path in listed)
    )
