"""The check that a text of JSON means one thing to all readers, at the speed of a parser."""

from __future__ import annotations

import json
import math
import re

import msgspec

from kpath.snapshot import safety

_SURROGATE = re.compile(rb"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_SPACE = re.compile(r"[ \t\r\n]*")


def strict_values(data: bytes) -> list[object] | None:
    """The JSON values in a text, one after the other; `None` where two readers could understand it differently."""
    if not safety.is_utf8(data):
        return None
    only = _single(data)
    if only is not None:
        return [only]
    text, values = data.decode(), list[object]()
    at = _past_space(text, 0)
    try:
        while at < len(text):
            value, at = _DECODER.raw_decode(text, at)
            if too_deep(value) or (_SURROGATE.search(data) and not _is_encodable(value)):
                return None
            values.append(value)
            at = _past_space(text, at)
    except (ValueError, RecursionError):
        return None
    return values


def _single(data: bytes) -> object | None:
    """The value of a text that is certainly one strict value, quickly.

    A key that stood twice is missing when the value is written again, and its colon
    with it. No other colon comes or goes unless an escape spelt one.
    """
    try:
        value: object = msgspec.json.decode(data)
        written = msgspec.json.encode(value)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None
    same = b"\\u003" not in data and written.count(b":") == data.count(b":")
    return value if same and not too_deep(value) else None


def too_deep(value: object) -> bool:
    """Whether a value is nested deeper than the limit."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(safety.DEPTH + 1):
        if not level:
            return False
        level = [
            inner
            for holder in level
            for inner in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(inner, (dict, list))
        ]
    return True


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError(safety.DUPLICATE)
    return known


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(safety.NOT_FINITE)
    return number


def _whole(text: str) -> int:
    if len(text) > safety.DIGITS:
        raise ValueError(safety.TOO_LONG)
    return int(text)


def _constant(text: str) -> object:
    raise ValueError(safety.NOT_FINITE)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_constant)


def _past_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _is_encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
