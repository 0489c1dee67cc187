"""Rights over namespaces, nodes and pods beyond the common ones."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.rbac import Phrases
from strategies.words import Json

PHRASES: Phrases = (("patch", "", "namespaces"), ("update get", "", "namespaces"))


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Nothing but the rights."""
