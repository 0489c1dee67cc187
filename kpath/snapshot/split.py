"""A JSON list, item by item, in memory that does not follow the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from kpath.errors import SnapshotError
from kpath.snapshot import safety
from kpath.snapshot.chunk import FAILURES, Chunk, Listed, Source, explained, place
from kpath.snapshot.envelope import Envelope, closing, continues, decoder, envelope_of, names_items
from kpath.snapshot.window import Guess, Window

T = TypeVar("T")

_KEY = re.compile(rb'[ \t\r\n]*("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
_SCALAR = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"|[-+.0-9A-Za-z]+', re.DOTALL)
_NEXT = re.compile(rb"[ \t\r\n]*([,\]}])[ \t\r\n]*")
_SPACE = re.compile(rb"[ \t\r\n]*")
_GUESSES = 3


def split(
    source: Source,
    file: str,
    decode: Callable[[Chunk], T],
    *,
    tail: bytes = b"",
    told: Sequence[Envelope] = (),
    strict: bool = False,
    block: int = 1 << 18,
) -> Iterator[T | Listed]:
    """Every object of a text of JSON: the items of its lists, and what is no list.

    INVARIANT: an item is what `decode` accepts as one whole JSON value; where it
    ends is first guessed, and scanned for where the guess does not decode.
    What a list says of its items may stand behind them: `tail` is the end of the
    text, where it can be had, and `told` the envelopes of its values, where they
    are known. `strict` applies the exact check to each object. Raises `SnapshotError`.
    """
    return _Splitter(Window(source, block), file, decode, tail, strict).values(iter(told))


def _pointer(key: bytes) -> str:
    """To a field, from its key as it is written."""
    return "/" + key[1:-1].decode("utf-8", "replace").replace("~", "~0").replace("/", "~1")


class _Splitter(Generic[T]):
    """Where the reading of one text stands."""

    def __init__(self, window: Window, file: str, decode: Callable[[Chunk], T], tail: bytes, strict: bool) -> None:
        self.window, self.file, self.tail, self.strict = window, file, tail, strict
        self.decode = decode
        self.at = ""
        # The length of the object at hand, where it was met on the way.
        self.extent = 0

    def values(self, told: Iterator[Envelope]) -> Iterator[T | Listed]:
        number = 1
        while self.window.skip_space():
            opening, envelope = self.window.peek(), next(told, None)
            if opening == b"{":
                yield from self._object(envelope)
            elif opening == b"[":
                self.window.at += 1
                yield from self._items("", ("", ""))
                self.window.at += 1
            else:
                raise SnapshotError(self.file, self.at, "expected an object or a list of objects")
            number += 1
            self.at = f"document {number}"

    def _object(self, told: Envelope | None) -> Iterator[T | Listed]:
        line = self.window.line()
        envelope = envelope_of(line) if line else None
        if envelope is not None and not envelope.has_items:
            yield self._decoded(Chunk(self.file, self.at, line))
            self.window.take(len(line))
            self.window.earned(len(line))
            return
        head = self._head(envelope or told)
        if head is None:
            data = self.window.take(self.extent or self._span("", safety.MEMBER_BYTES))
            self.window.earned(len(data))
            if self._is_empty_list(data):
                yield Listed(self.file, (self._opened(data).of_items() or ("",))[0])
            else:
                yield self._decoded(Chunk(self.file, self.at, data))
            return
        length, says = head
        opening = self.window.take(length)
        yield Listed(self.file, says[0])
        yield from self._items("/items", says)
        closing = self.window.take(self._span("", safety.MEMBER_BYTES, depth=2))
        self.window.earned(len(opening) + len(closing))
        self._verify(opening + closing, says)
        if continues(opening + closing):
            yield Listed(self.file, says[0], continues=True)

    def _is_empty_list(self, data: bytes) -> bool:
        found = self._opened(data)
        return found.is_empty and found.of_items() is not None

    def _head(self, told: Envelope | None) -> tuple[int, tuple[str, str]] | None:
        """The length of what opens a list, bracket included, and what it says of its items; nothing if it is none."""
        offset, self.extent = 1, 0
        while (key := self.window.match(_KEY, offset)) is not None:
            name, offset = key[1], offset + len(key[0])
            opening = self.window.peek(offset)
            if names_items(name) and opening == b"[":
                says = told.of_items() if told is not None else self._says(offset)
                if says is not None:
                    return offset + 1, says
            if opening in (b"{", b"["):
                if not self.at and self._is_large(offset) and self._is_single_to_the_end():
                    return None
                offset += self._span(place(self.at, _pointer(name)), safety.MEMBER_BYTES, offset=offset)
            else:
                scalar = self.window.match(_SCALAR, offset)
                offset += len(scalar[0]) if scalar else 0
            after = self.window.match(_NEXT, offset)
            if after is None or after[1] != b",":
                self.extent = offset + after[0].index(b"}") + 1 if after is not None and after[1] == b"}" else 0
                return None
            offset += len(after[0])
        return None

    def _is_large(self, offset: int) -> bool:
        """Whether the value at an offset does not end soon."""
        return self.window.span(safety.MIB, offset, 0)[1] != ""

    def _is_single_to_the_end(self) -> bool:
        """Whether all that follows is one object and no list: of a large one, decoding tells sooner than scanning."""
        rest = self.window.rest(safety.MEMBER_BYTES)
        envelope = envelope_of(rest) if rest else None
        self.extent = len(rest) if envelope is not None and not envelope.has_items else 0
        return self.extent > 0

    def _says(self, offset: int) -> tuple[str, str] | None:
        """Kind and version of the items of a list that opens at an offset; nothing if it is no list."""
        before = self._opened(self.window.ahead(offset + 1) + b"]}")
        if before.kind is not None and (before.api_version is not None or not self.tail):
            return before.of_items()
        after = closing(self.tail)
        if after is None and not self._speaks(offset + 1):
            after = self._held()
        if after is None:
            return "", ""
        return Envelope(before.kind or after.kind, before.api_version or after.api_version).of_items()

    def _held(self) -> Envelope:
        """The envelope of a list that names its kind last, in a stream: held whole, as far as it may be."""
        length, problem = self.window.span(safety.MEMBER_BYTES, 0, 0)
        if problem == safety.too_big(safety.MEMBER_BYTES):
            raise SnapshotError(self.file, place(self.at, "/kind"), "stands behind the items; put it before them")
        return self._opened(self.window.ahead(length if not problem else self._span("", safety.MEMBER_BYTES)))

    def _opened(self, data: bytes) -> Envelope:
        try:
            return decoder.decode(data)
        except FAILURES as error:
            raise explained(Chunk(self.file, self.at, data), error) from None

    def _speaks(self, offset: int) -> bool:
        """Whether the first item at an offset says its own kind, so that its list need not."""
        space = self.window.match(_SPACE, offset)
        offset += len(space[0]) if space else 0
        if self.window.peek(offset) != b"{":
            return True
        span = self._span("/items/0", safety.OBJECT_BYTES, offset=offset)
        found = envelope_of(self.window.ahead(offset + span)[offset:])
        return found is None or found.kind is not None

    def _verify(self, data: bytes, says: tuple[str, str]) -> None:
        """Check what surrounds the items, and that it says what it was taken to say."""
        found = safety.fault(data)
        if found is not None:
            raise SnapshotError(self.file, place(self.at, found[0]), found[1])
        told = decoder.decode(data).of_items()
        if told is None:
            raise SnapshotError(self.file, place(self.at, "/kind"), "expected the kind of a list")
        if told[0] != says[0] and says[0]:
            raise SnapshotError(self.file, place(self.at, "/kind"), "stands behind the items; put it before them")

    def _items(self, pointer: str, says: tuple[str, str]) -> Iterator[T]:
        """Decode items up to the bracket that closes them, and stop before it."""
        window, guess = self.window, Guess(self.window)
        window.skip_space()
        index = 0
        while window.peek() != b"]" or index:
            at = place(self.at, f"{pointer}/{index}")
            if window.peek() != b"{":
                raise SnapshotError(self.file, at, safety.NO_OBJECT if window.peek() else safety.ENDS_EARLY)
            result, data = self._item(at, says, guess)
            yield result
            after = window.match(_NEXT, 0)
            if after is None or after[1] == b"}":
                problem = "expected `,` or `]` after this item" if window.peek() else safety.ENDS_EARLY
                raise SnapshotError(self.file, at, problem)
            if after[1] == b"]":
                window.at += after[0].index(b"]")
                return
            window.at += len(after[0])
            guess.learn(data, after[0])
            index += 1

    def _item(self, at: str, says: tuple[str, str], guess: Guess) -> tuple[T, bytes]:
        window = self.window
        for length in guess.lengths(_GUESSES):
            data = window.data[window.at : window.at + length]
            if not self.strict and safety.is_utf8(data):
                try:
                    result = self.decode(Chunk(self.file, at, data, *says))
                except FAILURES:
                    continue
                window.at += length
                guess.right(length)
                return result, data
        data = window.take(self._span(at, safety.OBJECT_BYTES))
        guess.wrong(len(data))
        return self._decoded(Chunk(self.file, at, data, *says)), data

    def _decoded(self, chunk: Chunk) -> T:
        found = safety.fault(chunk.data) if self.strict else None
        if found is None and not safety.is_utf8(chunk.data):
            found = "", safety.NOT_UTF8
        if found is not None:
            raise SnapshotError(chunk.file, place(chunk.at, found[0]), found[1])
        try:
            return self.decode(chunk)
        except FAILURES as error:
            raise explained(chunk, error) from None

    def _span(self, at: str, limit: int, *, offset: int = 0, depth: int = 0) -> int:
        """The length of the object or list at an offset, or of what closes `depth` of them."""
        length, problem = self.window.span(limit, offset, depth)
        if not problem:
            return length
        found = safety.fault(self.window.ahead(offset + limit)[offset:]) if not depth else None
        tokens, problem = found if found is not None and problem == safety.ENDS_EARLY else ("", problem)
        raise SnapshotError(self.file, place(at or self.at, tokens), problem)
