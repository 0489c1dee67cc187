"""The part of a stream that is being looked at, and guesses at where an item in it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kpath.snapshot import safety
from kpath.snapshot.chunk import Source
from kpath.snapshot.streams import up_to

# A quote that stands alone opens a string that does not end within the bytes at hand.
_MARK = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"|["{}\[\]]', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*")
_LAYOUT = re.compile(rb",(\r?\n[ \t]*)")
# How items open, up to the first value: keys recur, values need not.
_OPENING = re.compile(rb'\{(?:[ \t\r\n]*(?:"[^"\\]{1,40}":|[\[{]))*')
_SHARED = 64

# How many bytes may be looked at in vain before any were read for good.
CREDIT = 4 * safety.MIB


class Window:
    """Bytes of a stream from `at` on; what lies before is forgotten."""

    __slots__ = ("_block", "_credit", "_ended", "_source", "at", "data")

    def __init__(self, source: Source, block: int) -> None:
        self._source, self._block, self._ended = source, block, False
        self._credit = CREDIT
        self.data, self.at = b"", 0

    def more(self) -> bool:
        """Read on; false where the stream has ended. Amounts double, so that reading stays linear."""
        if self._ended:
            return False
        fresh = up_to(max(self._block, self.held()), b"", self._source)
        self._ended = not fresh
        self.data, self.at = self.data[self.at :] + fresh, 0
        return not self._ended

    def held(self) -> int:
        """How many bytes are at hand."""
        return len(self.data) - self.at

    def peek(self, offset: int = 0) -> bytes:
        """The byte at an offset, nothing at the end."""
        while self.held() <= offset and self.more():
            pass
        return self.data[self.at + offset : self.at + offset + 1]

    def ahead(self, length: int) -> bytes:
        """The next bytes, without going past them."""
        return self.data[self.at : self.at + length]

    def take(self, length: int) -> bytes:
        """The next bytes, going past them."""
        taken = self.ahead(length)
        self.at += length
        return taken

    def skip_space(self) -> bool:
        """Go to the next byte that is no space; false where there is none."""
        while True:
            space = _SPACE.match(self.data, self.at)
            self.at = space.end() if space else self.at
            if self.held():
                return True
            if not self.more():
                return False

    def match(self, pattern: re.Pattern[bytes], offset: int) -> re.Match[bytes] | None:
        """Match at an offset, with all the bytes that the pattern may want."""
        while True:
            found = pattern.match(self.data, self.at + offset)
            if found is not None and found.end() < len(self.data):
                return found
            if self.held() > safety.MEMBER_BYTES or not self.more():
                return found

    def line(self) -> bytes:
        """The line at hand, if it ends within the bytes at hand and closes as an object does.

        Paid for as guesses are: what `earned` has not covered is not looked at.
        """
        if self._credit < 0:
            return b""
        end = self.data.find(b"\n", self.at)
        self._credit -= (end if end >= 0 else len(self.data)) - self.at
        line = self.data[self.at : end].rstrip(b" \t\r") if end >= 0 else b""
        return line if line.endswith(b"}") else b""

    def rest(self, limit: int) -> bytes:
        """All that follows, if that is not more than a limit."""
        while self.held() <= limit and self.more():
            pass
        return self.data[self.at :] if self.held() <= limit else b""

    def earned(self, length: int) -> None:
        """Count bytes that were read for good."""
        self._credit = min(self._credit + 2 * length, CREDIT)

    def span(self, limit: int, offset: int, depth: int) -> tuple[int, str]:
        """The exact length of the value at an offset, or what is wrong with it.

        With a depth: of what closes that many values that were open before.
        """
        done = offset
        while True:
            for mark in _MARK.finditer(self.data, self.at + done):
                token = mark[0]
                if token == b'"':
                    break
                done = mark.end() - self.at
                if token in (b"{", b"["):
                    depth += 1
                    if depth > safety.DEPTH:
                        return 0, safety.TOO_DEEP
                elif token in (b"}", b"]"):
                    depth -= 1
                    if not depth:
                        size = done - offset
                        return size, "" if size <= limit else safety.too_big(limit)
            if self.held() - offset > limit:
                return 0, safety.too_big(limit)
            if not self.more():
                return 0, safety.ENDS_EARLY


class Guess:
    """Where an item ends, judged by how the items before it ended.

    Guesses are paid for: bytes looked at in vain are charged against bytes read,
    so that no text makes guessing cost more than a few times its length.
    """

    __slots__ = ("_closes", "_credit", "_needle", "_window")

    def __init__(self, window: Window) -> None:
        self._window = window
        self._needle = b""
        self._closes = 0
        self._credit = CREDIT

    def lengths(self, most: int) -> Iterator[int]:
        """Lengths that the item at hand may have, the likeliest first."""
        if not self._needle or self._credit < 0:
            return
        done = 0
        for _ in range(most):
            hit = self._find(done)
            if hit < 0:
                return
            yield hit + self._closes
            self._credit -= hit
            done = hit + 1

    def _find(self, done: int) -> int:
        window, needle = self._window, self._needle
        while True:
            hit = window.data.find(needle, window.at + done)
            if hit >= 0:
                return hit - window.at
            self._credit -= window.held() - done
            done = max(done, window.held() - len(needle) + 1)
            if self._credit < 0 or window.held() > safety.OBJECT_BYTES or not window.more():
                return -1

    def right(self, length: int) -> None:
        """The last guess was the length of the item."""
        self._credit = min(self._credit + 2 * length, CREDIT)

    def wrong(self, length: int) -> None:
        """No guess was right; forget how items ended."""
        self._credit = min(self._credit + 2 * length, CREDIT)
        self._needle = b""

    def learn(self, item: bytes, between: bytes) -> None:
        """Take an item, and what stands between it and the one at hand, for the rule."""
        if self._needle:
            return
        layout = _LAYOUT.fullmatch(between)
        if layout and item.endswith(layout[1] + b"}"):
            self._needle = layout[1] + b"}," + layout[1].rstrip(b" \t")
            self._closes = len(layout[1]) + 1
        else:
            self._window.peek(_SHARED)
            ours, next_ours = _OPENING.match(item[:_SHARED]), _OPENING.match(self._window.ahead(_SHARED))
            shared = ours[0] if ours and next_ours and ours[0] == next_ours[0] else b"{"
            self._needle = b"}" + between + shared
            self._closes = 1
