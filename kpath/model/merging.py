"""Several answers about one thing: they may not contradict each other; where they may differ, the fuller counts."""

from __future__ import annotations

import json
from typing import TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import Raw, Struct

from kpath.errors import SnapshotError
from kpath.model.wire_aws import NULL

K = TypeVar("K")
S = TypeVar("S", bound=Struct)


def merged(first: S, second: S) -> S | None:
    """What two answers say together; `None` where they say different things of one field."""
    if type(first) is not type(second):
        return None
    found = {}
    for name in first.__struct_fields__:
        one, other = getattr(first, name), getattr(second, name)
        if not _is_said(other) or one == other or _same(one, other):
            found[name] = one
        elif not _is_said(one):
            found[name] = other
        else:
            return None
    return type(first)(**found)


def keep(table: dict[K, S], key: K, value: S, name: str, file: str, files: dict[str, str]) -> None:
    """Put a thing into a table. Raises `SnapshotError` where an answer in another file has said otherwise of it."""
    if key in table and table[key] != value:
        raise SnapshotError(file, "", f"`{name}` is there twice, first in {files[name]}")
    table[key] = value
    files[name] = file


def said(of: Struct) -> int:
    """How many fields an answer fills."""
    return sum(_is_said(getattr(of, name)) for name in of.__struct_fields__)


def _is_said(value: object) -> bool:
    return value is not None and value != "" and value != NULL


def _same(one: object, other: object) -> bool:
    """Whether two documents say the same, whatever they look like: as objects, or as text that IAM has encoded."""
    return isinstance(one, Raw) and isinstance(other, Raw) and _plain(one) == _plain(other)


def _plain(raw: Raw) -> object:
    found: object = msgspec.json.decode(raw)
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found if found.lstrip().startswith("{") else unquote(found))
    except ValueError:
        return found
