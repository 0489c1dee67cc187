"""Output formats: one file each; `@renderer` on a function from a report to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from msgspec import Struct

from kpath.discover import discover
from kpath.report import Report


class Renderer(Struct, frozen=True):
    """A format: `render` turns a report into text, the same text for the same report."""

    id: str
    suffix: str
    render: Callable[[Report], str]


def renderer(*, suffix: str) -> Callable[[Callable[[Report], str]], Renderer]:
    """Make a format of a function, under the function's name."""

    def made(function: Callable[[Report], str]) -> Renderer:
        return Renderer(function.__name__.rstrip("_"), suffix, function)

    return made


@cache
def renderers() -> Mapping[str, Renderer]:
    """Every format, by name."""
    return discover("kpath.render.formats", Renderer)
