"""Where answers go: stdout or a file, in one piece."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from kpath.errors import UsageError

if TYPE_CHECKING:
    from kpath.api import Graph
    from kpath.report import Report

_COLOURS = {"CRITICAL": "1;31", "HIGH": "31", "MEDIUM": "33", "LOW": "34"}


def loaded(files: list[str] | None) -> Graph:
    """The graph of the snapshots that `-f` names."""
    if not files:
        raise UsageError("name a snapshot with -f: a folder, a file, an archive, or - for stdin")
    import kpath

    return kpath.load(files)


def known_format(format_: str) -> None:
    """Raises `UsageError` on a format of reports that does not exist."""
    from kpath.render import renderers

    one_of(format_, *renderers())


def rendered(report: Report, format_: str) -> str:
    """A report in a format, in colour where a person looks at it."""
    from kpath.render import renderers

    text = renderers()[format_].render(report)
    return _coloured(text) if format_ in ("table", "wide") and colour() else text


def colour() -> bool:
    """Whether a person looks at the output who wants colour."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _coloured(text: str) -> str:
    return re.sub(
        r"^(CRITICAL|HIGH|MEDIUM|LOW)(?=  )",
        lambda found: f"\x1b[{_COLOURS[found[1]]}m{found[1]}\x1b[0m",
        text,
        flags=re.M,
    )


def write(text: str, file: str = "") -> None:
    """Print an answer, or put it into a file: all of it or nothing."""
    if not file:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    beside = f"{file}.part"
    try:
        with open(beside, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        os.replace(beside, file)
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or 'cannot be written').lower()}") from None


def as_json(value: object) -> str:
    """JSON for programs."""
    import json

    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def one_of(format_: str, *formats: str) -> str:
    """The format, if the command knows it."""
    if format_ not in formats:
        raise UsageError(f"`{format_}` is no format here; there are {', '.join(formats)}")
    return format_
