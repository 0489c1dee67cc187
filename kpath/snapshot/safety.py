"""Limits on input, and the exact check of JSON: each thing that a decoder would let pass or name wrongly."""

from __future__ import annotations

import codecs
import json
import math
import re

MIB = 1 << 20
DEPTH = 256
MEMBER_BYTES = 64 * MIB
ARCHIVE_BYTES = 4096 * MIB
ARCHIVE_MEMBERS = 20_000
ALIASES = 1_000
OBJECT_BYTES = 16 * MIB
STRICT_BYTES = 4 * MIB
DIGITS = 4_300

SIZES = {MIB: "1 MiB", MEMBER_BYTES: "64 MiB", ARCHIVE_BYTES: "4 GiB", OBJECT_BYTES: "16 MiB"}

TOO_DEEP = f"nested deeper than {DEPTH} levels"
DUPLICATE = "a key stands twice in one object; each may stand once"
SURROGATE = "half of a surrogate pair in a string; write both halves or neither"
NOT_FINITE = "a number that is not finite; JSON has no NaN, no Infinity and nothing beyond 1e308"
TOO_LONG = f"a number of more than {DIGITS:,} digits"
NOT_UTF8 = "not UTF-8"
ENDS_EARLY = "the text ends within a value; it was cut off"
NO_OBJECT = "expected an object"

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TOKEN = re.compile(
    rb'[ \t\r\n]*(?:("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")'
    rb"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9.]))"
    rb"|(true|false|null)(?![a-z])|(-?(?:NaN|Infinity))|([\[\]{}:,]))",
    re.DOTALL,
)
_INTEGER = re.compile(rb"-?[0-9]+")
_CUT = re.compile(rb'-?|"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*\\?', re.DOTALL)


def too_big(limit: int) -> str:
    return f"larger than {SIZES[limit]}, the most that is read"


def without_mark(head: bytes) -> tuple[bytes, str]:
    """The opening bytes of a text without the UTF-8 mark, and what is wrong with its encoding, if anything."""
    if head.startswith(codecs.BOM_UTF8):
        return head[len(codecs.BOM_UTF8) :], ""
    if head.startswith(_WIDE) or (len(head) > 1 and 0 in head[:2] and head[:2] != b"\0\0"):
        return head, "UTF-16 or UTF-32; save it as UTF-8 (in PowerShell: `| Out-File -Encoding utf8 FILE`)"
    return head, ""


def is_utf8(data: bytes) -> bool:
    """Whether bytes are valid UTF-8; nearly free where they are ASCII."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def fault(data: bytes) -> tuple[str, str] | None:
    """The first thing wrong with one JSON value, as pointer and problem; `None` where nothing is.

    Linear, without recursion, and slow: meant for what a decoder has refused.
    """
    if not is_utf8(data):
        return "", NOT_UTF8
    return _Walk(data).fault()


class _Walk:
    """One pass over a JSON value that keeps where it is."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        # A step into an object is nothing until its first key is read.
        self.path: list[str | int | None] = []
        self.keys: list[set[str] | None] = []

    def fault(self) -> tuple[str, str] | None:
        wants = "value"
        while wants:
            token = _TOKEN.match(self.data, self.at)
            if token is None:
                return self._here(self._unreadable())
            self.at = token.end()
            wants, problem = self._step(wants, token)
            if problem:
                return self._here(problem)
        rest = self.data[self.at :].strip(b" \t\r\n")
        return ("", "something follows where the value should have ended") if rest else None

    def _here(self, problem: str) -> tuple[str, str]:
        tokens = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path if part is not None)
        return "".join("/" + token for token in tokens), problem

    def _unreadable(self) -> str:
        rest = self.data[self.at :].lstrip(b" \t\r\n")
        if _CUT.fullmatch(rest) or any(word.startswith(rest) for word in (b"true", b"false", b"null")):
            return ENDS_EARLY
        return f"not JSON at byte {len(self.data) - len(rest)}"

    def _step(self, wants: str, token: re.Match[bytes]) -> tuple[str, str]:
        """What may come next, and what is wrong with this token."""
        string, number, _, constant, mark = token.groups()
        if mark is not None:
            return self._mark(wants, mark)
        if wants in ("key", "key or end"):
            return ("colon", self._key(string)) if string is not None else ("", f"expected a key at byte {self.at}")
        if wants not in ("value", "value or end"):
            return "", f"expected `,` or an end at byte {self.at}"
        if number is not None and _INTEGER.fullmatch(number):
            return self._after(), TOO_LONG if len(number) > DIGITS else ""
        if constant is not None or (number is not None and not math.isfinite(float(number))):
            return "", NOT_FINITE
        problem = _string(string)[1] if string is not None else ""
        return self._after(), problem

    def _key(self, string: bytes) -> str:
        key, problem = _string(string)
        if problem:
            self.path.pop()
            return problem
        self.path[-1] = key
        known = self.keys[-1]
        if known is None or key in known:
            return DUPLICATE
        known.add(key)
        return ""

    def _mark(self, wants: str, mark: bytes) -> tuple[str, str]:
        if mark in b"{[" and wants in ("value", "value or end"):
            self.keys.append(set() if mark == b"{" else None)
            self.path.append(None if mark == b"{" else 0)
            return "key or end" if mark == b"{" else "value or end", TOO_DEEP if len(self.keys) > DEPTH else ""
        if wants in ("comma", "value or end", "key or end") and mark == (b"]" if self.keys[-1] is None else b"}"):
            self.keys.pop()
            self.path.pop()
            return self._after(), ""
        if mark == b":" and wants == "colon":
            return "value", ""
        if mark == b"," and wants == "comma":
            last = self.path[-1]
            if isinstance(last, int):
                self.path[-1] = last + 1
                return "value", ""
            return "key", ""
        return "", f"`{mark.decode()}` does not belong at byte {self.at}"

    def _after(self) -> str:
        return "comma" if self.keys else ""


def _string(token: bytes) -> tuple[str, str]:
    """A string, and what is wrong with it."""
    try:
        text = str(json.loads(token))
        text.encode()
    except UnicodeEncodeError:
        return "", SURROGATE
    except ValueError:
        return "", "an escape that JSON does not know"
    return text, ""
