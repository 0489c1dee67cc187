"""A folder of modules → what they define, by id: one file per idea, nothing to register."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Protocol, TypeVar

from kpath.errors import RuleError


class Named(Protocol):
    """What goes by an id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


def discover(package: str, kind: type[T], *, every: bool = True) -> Mapping[str, T]:
    """All values of type `kind` defined in the modules of `package`, sorted by their `id`.

    Raises `RuleError` if two modules claim one id, or one of them defines none although `every` has to.
    """
    found: dict[str, T] = {}
    for info in sorted(iter_modules(import_module(package).__path__, package + "."), key=lambda each: each.name):
        if info.ispkg:
            parts: Mapping[str, T] = discover(info.name, kind, every=every)
        else:
            values = [value for value in vars(import_module(info.name)).values() if isinstance(value, kind)]
            parts = {value.id: value for value in values}
            if every and not parts:
                raise RuleError(f"module {info.name} defines no {kind.__name__}")
        for id_, value in parts.items():
            if id_ in found:
                raise RuleError(f"{id_} is defined twice, again in {info.name}")
            found[id_] = value
    return MappingProxyType(dict(sorted(found.items())))
