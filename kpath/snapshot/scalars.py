"""What a plain scalar of YAML means: version 1.1, as the API machinery of Kubernetes reads it."""

from __future__ import annotations

import binascii
import math
import re

from kpath.snapshot import safety

_PREFIX = "tag:yaml.org,2002:"
_NAMES = ("str", "int", "float", "bool", "null", "binary", "timestamp")
TAGS = frozenset({"!", *(_PREFIX + name for name in _NAMES)})

_WORDS: dict[str, bool | None] = {
    spelling: value
    for value, words in ((True, "y yes true on"), (False, "n no false off"), (None, "null"))
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
} | {"": None, "~": None}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WHOLE = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)

# Whole numbers lose their point on the way through Go; those beyond 64 bits stay as they are.
_EXACT = 2**63


def resolved(text: str, tag: str) -> tuple[object, str]:
    """The value of a scalar, and what is wrong with it.

    The tag is empty for a plain scalar, `str` for a quoted one. Times stay text,
    and there are no numbers to the base of sixty.
    """
    kind = tag.removeprefix(_PREFIX)
    if kind in ("str", "!", "timestamp"):
        return text, ""
    if kind == "binary":
        return _decoded(text)
    if text in _WORDS:
        value: object = _WORDS[text]
    elif _ENDLESS.fullmatch(text):
        return None, safety.NOT_FINITE
    else:
        value, problem = _number(text)
        if problem:
            return None, problem
    return _as(value, kind)


def _as(value: object, kind: str) -> tuple[object, str]:
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return value, ""
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, float),
        "bool": isinstance(value, bool),
        "null": value is None,
    }
    return (value, "") if fits.get(kind, True) else (None, f"not the `!!{kind}` that its tag says")


def _number(text: str) -> tuple[object, str]:
    """A number where the text is one, else the text."""
    if text[0] not in "+-.0123456789":
        return text, ""
    plain = text if text[0] == "." else text.replace("_", "")
    whole = _WHOLE.fullmatch(plain)
    if whole is not None and len(plain) <= 66:
        base, digits = next((base, digits) for base, digits in zip(_BASES, whole.groups()[1:], strict=True) if digits)
        value = int(whole[1] + digits, base)
        if -(2**63) <= value < 2**64:
            return value, ""
    if _FLOAT.fullmatch(plain) is None:
        return text, ""
    number = float(plain)
    if not math.isfinite(number):
        return None, safety.NOT_FINITE
    return (int(number) if number.is_integer() and abs(number) < _EXACT else number), ""


def _decoded(text: str) -> tuple[object, str]:
    try:
        return binascii.a2b_base64("".join(text.split())).decode(), ""
    except ValueError:
        return None, "not base64 of UTF-8 text"
