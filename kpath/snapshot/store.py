"""Objects from wherever they are kept: files, folders, archives, standard input."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Generic, TypeVar

from kpath.errors import SnapshotError
from kpath.snapshot import archive, safety, streams, yamls
from kpath.snapshot.chunk import FAILURES, Chunk, Listed, Source, Unread, explained, place
from kpath.snapshot.envelope import TAIL, Envelope, is_single
from kpath.snapshot.split import split
from kpath.snapshot.strict import strict_values

__all__ = ["Chunk", "Listed", "Unread", "chunks"]

T = TypeVar("T")

READ = (".json", ".jsonl", ".yaml", ".yml")
# What people write beside a snapshot; nobody expects it to be read.
PROSE = (".md", ".txt", "license", "notice")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")
_NAMED = 3


def chunks(paths: Sequence[str], decode: Callable[[Chunk], T]) -> Iterator[T | Unread | Listed]:
    """Every object under some paths, decoded, and what could not be read.

    `-` is standard input. `decode` is called with one object at a time; it must
    parse all of its JSON, and raise msgspec's errors on what is not right. Order
    is that of the paths, and of names within them; what is met twice is read once.
    Raises `SnapshotError` at the first thing that is malformed or hostile.
    """
    return _Store(decode).read(paths)


class _Store(Generic[T]):
    """What has been read."""

    def __init__(self, decode: Callable[[Chunk], T]) -> None:
        self.decode = decode
        self.seen: set[str] = set()

    def read(self, paths: Sequence[str]) -> Iterator[T | Unread | Listed]:
        for path in paths:
            if path == "-":
                if self._is_new("-"):
                    yield from self._stream(sys.stdin.buffer, path)
            elif os.path.isdir(path):
                yield from self._folder(path)
            elif not os.path.exists(path):
                raise SnapshotError(_shown(path), "", "no such file or folder")
            elif self._is_new(os.path.realpath(path)):
                yield from self._file(path)

    def _is_new(self, name: str) -> bool:
        new = name not in self.seen
        self.seen.add(name)
        return new

    def _folder(self, root: str) -> Iterator[T | Unread | Listed]:
        bounds, folders = os.path.join(os.path.realpath(root), ""), [root]
        while folders:
            folder = folders.pop()
            if not self._is_new(os.path.realpath(folder)):
                continue
            inner, other = [], []
            for name in _listed(folder):
                path = os.path.join(folder, name)
                real = os.path.realpath(path)
                if not os.path.join(real, "").startswith(bounds):
                    yield Unread(_shown(path), "a link that leads out of the folder")
                elif os.path.isdir(path):
                    inner.append(path)
                elif name.lower().endswith(PROSE):
                    continue
                elif not name.lower().endswith(READ + ARCHIVES) or not os.path.isfile(path):
                    other.append(name)
                elif self._is_new(real):
                    yield from self._file(path)
            if other:
                yield _others(folder, other)
            folders.extend(reversed(inner))

    def _file(self, path: str) -> Iterator[T | Unread | Listed]:
        try:
            with open(path, "rb") as stream:
                yield from self._stream(stream, _shown(path))
        except OSError as error:
            raise SnapshotError(_shown(path), "", (error.strerror or "cannot be read").lower()) from None

    def _stream(self, stream: BinaryIO, file: str) -> Iterator[T | Unread | Listed]:
        """Read what may be an archive."""
        head = stream.read(archive.TAR_BLOCK)
        try:
            if head.startswith(archive.GZIP):
                yield from self._gzip(streams.Joined(head, stream), file)
            elif head.startswith(archive.ZIP):
                yield from self._members(archive.zipped(streams.seekable(head, stream, file), file), file)
            elif archive.is_tar(head):
                yield from self._members(archive.tar(streams.Joined(head, stream), file), file)
            else:
                yield from self._text(head, stream, file, tail=streams.ending(stream, TAIL))
        except archive.BROKEN:
            raise SnapshotError(file, "", "an archive that is damaged or cut off") from None

    def _gzip(self, source: streams.Joined, file: str) -> Iterator[T | Unread | Listed]:
        with gzip.GzipFile(fileobj=source, mode="rb") as plain:
            head = plain.read(archive.TAR_BLOCK)
            if archive.is_tar(head):
                yield from self._members(archive.tar(streams.Joined(head, plain), file), file)
            else:
                yield from self._text(head, archive.Counted(plain, file), file)

    def _members(self, members: Iterable[tuple[str, Source]], file: str) -> Iterator[T | Unread | Listed]:
        other = []
        for name, source in members:
            name = name.removeprefix("./")
            if any(part.startswith(".") for part in name.split("/")):
                continue
            if name.lower().endswith(READ):
                yield from self._text(b"", source, f"{file}!{name}")
            elif not name.lower().endswith(PROSE):
                other.append(name)
        if other:
            yield _others(file, sorted(other))

    def _text(self, head: bytes, source: Source, file: str, *, tail: bytes = b"") -> Iterator[T | Unread | Listed]:
        """Read JSON or YAML: what the first character tells, never the name."""
        start, problem = safety.without_mark(streams.opening(head, source))
        if problem:
            raise SnapshotError(file, "", problem)
        text = start.lstrip(b" \t\r\n")
        if text.startswith((b"{", b"[")) and not text.startswith(b"{{"):
            yield from self._json(start, source, file, tail)
        elif text:
            yield from self._yaml(streams.whole(start, source, file), file)

    def _json(self, start: bytes, source: Source, file: str, tail: bytes) -> Iterator[T | Listed]:
        small = streams.up_to(safety.STRICT_BYTES + 1, start, source)
        if len(small) <= safety.STRICT_BYTES:
            values = strict_values(small)
            if values is not None and len(values) == 1 and is_single(values[0]):
                return iter((self._decoded(Chunk(file, "", small.strip(b" \t\r\n"))),))
            told = [Envelope.of(value) for value in values or ()]
            return split(io.BytesIO(small), file, self.decode, told=told, strict=values is None)
        return split(streams.Joined(small, source), file, self.decode, tail=tail)

    def _yaml(self, text: bytes, file: str) -> Iterator[T | Unread | Listed]:
        found = yamls.documents(text, file)
        if isinstance(found, Unread):
            yield found
            return
        for number, document in enumerate(found, 1):
            if document is None:
                continue
            if isinstance(document, dict) and not is_single(document):
                kind = (Envelope.of(document).of_items() or ("",))[0]
                yield Listed(file, kind)
                if isinstance(meta := document.get("metadata"), dict) and meta.get("continue"):
                    yield Listed(file, kind, continues=True)
            for piece in yamls.objects(document):
                chunk = Chunk(file, place(f"document {number}", piece.at), piece.data, piece.kind, piece.api_version)
                yield self._decoded(chunk)

    def _decoded(self, chunk: Chunk) -> T:
        if not chunk.data.startswith(b"{"):
            raise SnapshotError(chunk.file, chunk.at, safety.NO_OBJECT)
        try:
            return self.decode(chunk)
        except FAILURES as error:
            raise explained(chunk, error) from None


def _listed(folder: str) -> list[str]:
    """The names in a folder, sorted, without what is hidden."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError as error:
        raise SnapshotError(_shown(folder), "", (error.strerror or "cannot be read").lower()) from None


def _shown(path: str) -> str:
    """A path as text that can be printed, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


def _others(place: str, names: list[str]) -> Unread:
    named = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    count = "1 file is" if len(names) == 1 else f"{len(names):,} files are"
    return Unread(_shown(place), f"{count} neither JSON nor YAML: {_shown(named)}")
