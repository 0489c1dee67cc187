"""Reading a stream from its start again, in part, or up to a limit."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from kpath.errors import SnapshotError
from kpath.snapshot import safety
from kpath.snapshot.chunk import Source

_BLOCK = 1 << 16


class Joined:
    """Bytes that were read already, then the rest of their stream."""

    def __init__(self, head: bytes, rest: Source) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = _BLOCK, /) -> bytes:
        """Read on."""
        if not self._head:
            return self._rest.read(size)
        data, self._head = self._head[:size], self._head[size:]
        return data

    def seek(self, position: int, /) -> int:
        """Refuse: what was read is gone."""
        raise io.UnsupportedOperation("seek")


def up_to(length: int, head: bytes, source: Source) -> bytes:
    """The head and what follows it, up to a length or the end."""
    parts, have = [head] if head else [], len(head)
    while have < length:
        part = source.read(min(length - have, safety.MIB))
        if not part:
            break
        parts.append(part)
        have += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def whole(head: bytes, source: Source, file: str) -> bytes:
    """All of a stream that must be held at once; raises `SnapshotError` where that is too much."""
    text = up_to(safety.MEMBER_BYTES + 1, head, source)
    if len(text) > safety.MEMBER_BYTES:
        raise SnapshotError(file, "", safety.too_big(safety.MEMBER_BYTES))
    return text


def opening(head: bytes, source: Source) -> bytes:
    """The opening bytes, at least to the first that is no space."""
    start = head if len(head) > 4 else up_to(_BLOCK, head, source)
    while start and not start.strip() and len(start) < safety.MEMBER_BYTES:
        more = source.read(_BLOCK)
        if not more:
            break
        start = start[-1:] + more
    return start


def ending(stream: BinaryIO, length: int) -> bytes:
    """The last bytes, where the stream lets one look; its position stays."""
    if not stream.seekable():
        return b""
    here = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(here, end - length))
    data = stream.read(length)
    stream.seek(here)
    return data


def seekable(head: bytes, stream: BinaryIO, file: str) -> BinaryIO:
    """The stream from its start, in memory where it cannot go back."""
    if not stream.seekable():
        return io.BytesIO(whole(head, stream, file))
    stream.seek(-len(head), os.SEEK_CUR)
    return stream
