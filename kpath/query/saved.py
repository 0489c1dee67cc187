"""Saved questions: TOML files, ours and the user's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from kpath.errors import SnapshotError, UsageError
from kpath.shipped import folder

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    """A question: from where to where, how long a path may be, how sure it has to be.

    `from` and `to` are a name, a pattern or a kind, or a list of them. `fewest` looks for the fewest steps instead of
    the easiest, `limit` shows no more paths than that, `without` leaves the steps of some rules out. `expect = "none"`
    makes it a rule that holds where no path is found.
    """

    summary: str
    source: str | tuple[str, ...] = field(name="from")
    to: str | tuple[str, ...] = ""
    max_steps: int | None = None
    fewest: bool = False
    limit: int | None = None
    without: tuple[str, ...] = ()
    confidence: str = "low"
    expect: Literal["", "none"] = ""
    name: str = ""


def queries(folders: tuple[str, ...] = ()) -> Mapping[str, Query]:
    """Every query by name; a later folder's wins.

    Raises `SnapshotError` on a file that is no query, `UsageError` on a folder that is none.
    """
    for each in folders:
        if not Path(each).is_dir():
            raise UsageError(f"{each}: no such folder")
    found: dict[str, Query] = {}
    for place in (folder("queries"), _own(), *map(Path, folders)):
        for name, path in _files(place):
            found[name] = _read(path, name)
    return dict(sorted(found.items()))


def _own() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "kpath" / "queries"


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(place.rglob("*.toml")) if place.is_dir() else ():
        yield path.relative_to(place).with_suffix("").as_posix(), path


def _read(path: Path, name: str) -> Query:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert({**found, "name": name}, Query)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(str(path), "", f"not TOML: {str(error).lower()}") from None
    except msgspec.ValidationError as error:
        raise SnapshotError(str(path), "", str(error).replace("`", "").lower()) from None


def named(name: str, folders: tuple[str, ...] = ()) -> Query:
    """A query by its name. Raises `UsageError` on an unknown one."""
    known = queries(folders)
    if name not in known:
        raise UsageError(f"there is no query `{name}`; there are {', '.join(known)}")
    return known[name]
