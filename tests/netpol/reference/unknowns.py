"""Truth with a third value: `None` is what the documents do not tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
Truth = bool | None


def every(parts: Iterable[Truth]) -> Truth:
    parts = list(parts)
    if False in parts:
        return False
    return None if None in parts else True


def some(parts: Iterable[Truth]) -> Truth:
    parts = list(parts)
    if True in parts:
        return True
    return None if None in parts else False


def negated(part: Truth) -> Truth:
    return None if part is None else not part
