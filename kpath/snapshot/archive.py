"""Members of archives as streams: nothing is extracted, and every byte is counted."""

from __future__ import annotations

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from kpath.errors import SnapshotError
from kpath.snapshot import safety
from kpath.snapshot.chunk import Source

GZIP, ZIP, TAR = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06"), b"ustar"
TAR_AT, TAR_BLOCK = 257, 512

# What the readers of archives raise on bytes that are none.
BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    gzip.BadGzipFile,
    NotImplementedError,
    UnicodeError,
    struct.error,
)

# How much may be read between two members of a tar: headers, names, padding.
_BETWEEN = 4 * safety.MIB
_LOCAL_HEADER = 30
_BAD_HEADER = "a header that cannot be understood"
_DRIVE = re.compile(r"[A-Za-z]:")


class Counted:
    """A stream that refuses to yield more than an archive may hold."""

    def __init__(self, source: Source, file: str) -> None:
        self._source, self._file = source, file
        self._left = safety.ARCHIVE_BYTES
        self.allowed = safety.ARCHIVE_BYTES

    def read(self, size: int = 1 << 16, /) -> bytes:
        """Read, and raise `SnapshotError` where a limit is passed."""
        data = self._source.read(min(size, safety.MEMBER_BYTES))
        self._left -= len(data)
        self.allowed -= len(data)
        if self._left < 0:
            raise SnapshotError(self._file, "", safety.too_big(safety.ARCHIVE_BYTES))
        if self.allowed < 0:
            raise SnapshotError(self._file, "", "a header between two members that has no end")
        return data


def is_tar(head: bytes) -> bool:
    """Whether the opening bytes are those of a tar."""
    return head[TAR_AT : TAR_AT + len(TAR)] == TAR


def tar(source: Source, file: str) -> Iterator[tuple[str, Source]]:
    """The files in a tar, each to be read before the next is asked for."""
    counted, seen = Counted(source, file), set[str]()
    counted.allowed = _BETWEEN
    with _opened(counted, file) as archive:
        while (member := _following(archive, file)) is not None:
            _check_name(member.name, file, seen)
            if member.isdir():
                continue
            if not member.isreg() or member.issparse() or member.size < 0:
                raise SnapshotError(file, member.name, "a link or a device; an archive may hold files and folders")
            counted.allowed = member.size + _BETWEEN
            content = archive.extractfile(member)
            if content is not None:
                yield member.name, content


class _File(io.RawIOBase):
    """A counted stream as the file that `tarfile` wants."""

    def __init__(self, counted: Counted) -> None:
        super().__init__()
        self._counted = counted

    def read(self, size: int = -1, /) -> bytes:
        return self._counted.read(size)


def _opened(counted: Counted, file: str) -> tarfile.TarFile:
    """The tar, whose first header is read at once."""
    try:
        return tarfile.open(fileobj=_File(counted), mode="r|")
    except (ValueError, OverflowError):
        raise SnapshotError(file, "", _BAD_HEADER) from None


def _following(archive: tarfile.TarFile, file: str) -> tarfile.TarInfo | None:
    try:
        return archive.next()
    except (ValueError, OverflowError):
        raise SnapshotError(file, "", _BAD_HEADER) from None


def zipped(stream: BinaryIO, file: str) -> Iterator[tuple[str, Source]]:
    """The files in a zip, by name."""
    seen = set[str]()
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        _check_apart(members, archive.start_dir, file)
        left = safety.ARCHIVE_BYTES
        for member in sorted(members, key=lambda each: each.filename):
            _check_name(member.filename, file, seen)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise SnapshotError(file, member.filename, "a link or a device; an archive may hold files and folders")
            if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SnapshotError(file, member.filename, "encrypted, or packed in a way that is not read")
            if member.is_dir():
                continue
            left -= member.file_size
            if left < 0:
                raise SnapshotError(file, "", safety.too_big(safety.ARCHIVE_BYTES))
            with archive.open(member) as content:
                yield member.filename, Counted(content, file)


def _check_apart(members: list[zipfile.ZipInfo], end: int, file: str) -> None:
    """Refuse members that share bytes: a small file can stand for petabytes that way."""
    for member in sorted(members, key=lambda each: each.header_offset, reverse=True):
        size = _LOCAL_HEADER + len(member.orig_filename.encode()) + member.compress_size
        if member.header_offset + size > end:
            raise SnapshotError(file, member.filename, "shares its bytes with another member")
        end = member.header_offset


def _check_name(name: str, file: str, seen: set[str]) -> None:
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts:
        raise SnapshotError(file, name, "a name that leads out of the archive")
    if name in seen:
        raise SnapshotError(file, name, "stands twice in the archive")
    seen.add(name)
    if len(seen) > safety.ARCHIVE_MEMBERS:
        raise SnapshotError(file, "", f"more than {safety.ARCHIVE_MEMBERS:,} members, the most that is read")
