"""What came and went between two graphs: as text, as Markdown for a review, and in the shape that programs rely on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kpath.query.compare import UNSAID, Compared, Told
from kpath.render.data import as_json, as_yaml
from kpath.render.escape import markdown, plain
from kpath.render.phrases import counted, ids, short, steps
from kpath.render.shape import Json, path_shape
from kpath.report import Path

# How many of a kind a text or a comment names before the rest is counted.
_SHOWN = 20


def compared_text(found: Compared, *, everything: bool = False) -> str:
    """Paths opened, closed and kept, then the objects that made the difference."""
    return "\n".join(_lines(found, None if everything else _SHOWN)) + "\n"


def _lines(found: Compared, shown: int | None) -> Iterator[str]:
    if not found.differs:
        yield f"no difference; {counted(len(found.kept), 'path')} as before"
        return
    yield f"{counted(len(found.opened), 'path')} opened, {len(found.closed):,} closed, {len(found.kept):,} as before"
    for title, paths in (("opened", found.opened), ("closed", found.closed), ("still open", found.kept)):
        yield from _paths(title, paths, shown)
    yield from _causes(found, shown)


def _paths(title: str, paths: Sequence[Path], shown: int | None) -> Iterator[str]:
    if paths:
        yield ""
        yield title
    for path in paths[:shown]:
        yield f"  {short(path.source)} to {short(path.target)}   {steps(len(path.steps))}: {ids(path)}"
    if shown is not None and len(paths) > shown:
        yield f"  and {len(paths) - shown:,} more; --all shows them"


def _causes(found: Compared, shown: int | None) -> Iterator[str]:
    added = set(found.added)
    if found.causes:
        yield ""
        yield f"steps: {len(found.added):,} added, {len(found.removed):,} removed"
    for of, told in list(found.causes.items())[:shown]:
        yield f"  {plain(of) if of != UNSAID else 'what no step speaks of'}"
        for each in told[:shown]:
            yield f"    {'+' if each in added else '-'} {_step(each)}"
        if shown is not None and len(told) > shown:
            yield f"    and {len(told) - shown:,} more"


def _step(told: Told) -> str:
    return f"{told[0]}  {short(told[1])} → {short(told[2])}"


def compared_markdown(found: Compared) -> str:
    """A comment for a pull request: what opened first, everything else folded."""
    lines = [f"**kpath**: {counted(len(found.opened), 'path')} opened, {len(found.closed):,} closed"]
    for title, paths in (("Opened", found.opened), ("Closed", found.closed)):
        if paths:
            lines += ["", f"### {title}", "", "| from | to | steps |", "|---|---|---|"]
            lines += [f"| {_md(path.source)} | {_md(path.target)} | {markdown(ids(path))} |" for path in paths[:_SHOWN]]
            lines += [f"and {len(paths) - _SHOWN:,} more"] if len(paths) > _SHOWN else []
    if found.causes:
        lines += ["", "<details><summary>Changes that made the difference</summary>", ""]
        for of, told in list(found.causes.items())[:_SHOWN]:
            lines.append(f"- {_md(of) if of != UNSAID else 'what no step speaks of'}: {counted(len(told), 'step')}")
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    return markdown(str(text))


def compared_shape(found: Compared) -> Json:
    """The object that `diff -o json` prints."""
    return {
        "opened": [path_shape(path) for path in found.opened],
        "closed": [path_shape(path) for path in found.closed],
        "remaining": [path_shape(path) for path in found.kept],
        "steps": {
            "added": [_told_shape(each) for each in found.added],
            "removed": [_told_shape(each) for each in found.removed],
        },
        "causes": [{"of": str(of), "steps": [_told_shape(each) for each in told]} for of, told in found.causes.items()],
    }


def _told_shape(told: Told) -> Json:
    return {"id": told[0], "source": str(told[1]), "target": str(told[2])}


class Writer(Protocol):
    """Writes what came and went, all of it or the first of it."""

    def __call__(self, found: Compared, *, everything: bool = False) -> str: ...


def _markdown(found: Compared, *, everything: bool = False) -> str:
    return compared_markdown(found)


def _json(found: Compared, *, everything: bool = False) -> str:
    return as_json(compared_shape(found))


def _yaml(found: Compared, *, everything: bool = False) -> str:
    return as_yaml(compared_shape(found))


WRITERS: Mapping[str, Writer] = {"table": compared_text, "json": _json, "yaml": _yaml, "markdown": _markdown}
