"""Where answers go: stdout or a file, in one piece."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from typing import TYPE_CHECKING

from kpath.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpath.api import Graph
    from kpath.report import Report
    from kpath.rules import Rule

_COLOURS = {"CRITICAL": "1;31", "HIGH": "31", "MEDIUM": "33", "LOW": "34"}


def loaded(files: list[str] | None, rules: Iterable[Rule] | None = None, cluster: str = "") -> Graph:
    """The graph of the snapshots that `-f` names, by all rules or some; of several clusters, that of one."""
    if not files:
        raise UsageError("name a snapshot with -f: a folder, a file, an archive, or - for stdin")
    import kpath

    graph = kpath.load(files, rules=rules)
    return graph.cluster(cluster) if cluster else graph


def known_format(format_: str) -> None:
    """Raises `UsageError` on a format of reports that does not exist."""
    from kpath.render import renderers

    one_of(format_, *renderers())


def rendered(report: Report, format_: str, file: str = "") -> str:
    """A report in a format, in colour where a person looks at it and not at a file."""
    from kpath.render import renderers

    text = renderers()[format_].render(report)
    return _coloured(text) if format_ in ("table", "wide") and not file and colour() else text


def colour() -> bool:
    """Whether a person looks at the output who wants colour."""
    if os.environ.get("NO_COLOR"):
        return False
    return os.environ.get("FORCE_COLOR", "0") not in ("", "0") or (
        sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    )


def _coloured(text: str) -> str:
    return re.sub(
        r"^(CRITICAL|HIGH|MEDIUM|LOW)(?=  )",
        lambda found: f"\x1b[{_COLOURS[found[1]]}m{found[1]}\x1b[0m",
        text,
        flags=re.M,
    )


def note(lines: Iterable[str]) -> None:
    """Say something beside the answer, on stderr."""
    for line in lines:
        print(f"kpath: note: {line}", file=sys.stderr)


def write(text: str | Iterable[str], file: str = "") -> None:
    """Print an answer, piece by piece where it comes in pieces, or put it into a file: all of it or nothing."""
    pieces = (text,) if isinstance(text, str) else text
    if not file:
        _print(pieces)
        return
    try:
        if os.path.exists(file) and not os.path.isfile(file):
            # A device or a pipe takes what is written, and stays what it is.
            with open(file, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.writelines(pieces)
            return
        _replace(os.path.realpath(file), pieces)
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or 'cannot be written').lower()}") from None


def _print(pieces: Iterable[str]) -> None:
    if sys.stdout is None:
        raise UsageError("stdout is closed")
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough; left to itself, typer would call that a failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        # What is left in the buffer would fail once more on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(f"stdout: {(error.strerror or 'cannot be written').lower()}") from None


def _replace(file: str, pieces: Iterable[str]) -> None:
    mode = os.stat(file).st_mode & 0o777 if os.path.exists(file) else 0o666 & ~_umask()
    number, beside = tempfile.mkstemp(prefix=".kpath-", dir=os.path.dirname(file))
    try:
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.writelines(pieces)
        os.chmod(beside, mode)
        os.replace(beside, file)
    except BaseException:
        os.unlink(beside)
        raise


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def one_of(format_: str, *formats: str) -> str:
    """The format, if the command knows it."""
    if format_ not in formats:
        raise UsageError(f"`{format_}` is no format here; there are {', '.join(formats)}")
    return format_
