"""What reading yields: one object each, or what could not be read."""

from __future__ import annotations

import re
from typing import Protocol

import msgspec
from msgspec import Struct

from kpath.errors import SnapshotError
from kpath.snapshot import safety

# What a decoder raises on input; anything else is a bug of the decoder.
FAILURES = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

_EXPECTED = re.compile(r"(Expected `[^`']*`, got `[^`']*`|Object missing required field `[^`']*`)(?: - at `\$(.*)`)?")
_PATH = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")


class Chunk(Struct, frozen=True, gc=False):
    """One object, as JSON.

    `file` is the file as its user knows it, `dump.tar.gz!kubernetes/pods.json` for
    a member of an archive; `at` where in it the object stands: a pointer,
    `document 2`, both, or nothing. `kind` and `api_version` are what a list says of
    its items, empty where they speak for themselves.
    """

    file: str
    at: str
    data: bytes
    kind: str = ""
    api_version: str = ""


class Unread(Struct, frozen=True):
    """Something that was passed over, and why."""

    file: str
    why: str


class Listed(Struct, frozen=True):
    """A list that was opened: of what kind it says its items are, if it does. It may turn out to be empty.

    Said once more where it `continues` on another page, which it says in its metadata.
    """

    file: str
    kind: str = ""
    continues: bool = False


class Source(Protocol):
    """Anything that bytes can be read from, once."""

    def read(self, size: int, /) -> bytes: ...


def place(at: str, pointer: str) -> str:
    """A place within a place: `document 2` and `/spec` make `document 2 /spec`."""
    return f"{at} {pointer}" if at and pointer and "/" not in at else at + pointer


def explained(chunk: Chunk, error: Exception) -> SnapshotError:
    """The error of a decoder in our words: file, pointer and problem, and never a value."""
    if not isinstance(error, msgspec.ValidationError):
        found = safety.fault(chunk.data)
        if found is not None:
            return SnapshotError(chunk.file, place(chunk.at, found[0]), found[1])
        problem = safety.TOO_DEEP if isinstance(error, RecursionError) else "not JSON that kpath can read"
        return SnapshotError(chunk.file, chunk.at, problem)
    message = str(error)
    path = _PATH.search(message)
    known = _EXPECTED.fullmatch(message)
    problem = known[1][0].lower() + known[1][1:] if known else "not one of the values that kpath knows here"
    return SnapshotError(chunk.file, place(chunk.at, _pointer(path[1]) if path else ""), problem)


def _pointer(path: str) -> str:
    """The pointer of msgspec's `.spec.containers[0]`, as far as it can be told: keys of a map it does not name."""
    tokens, at = [], 0
    while step := _STEP.match(path, at):
        tokens.append((step[1] or step[2]).replace("~", "~0").replace("/", "~1"))
        at = step.end()
    return "".join("/" + token for token in tokens)
