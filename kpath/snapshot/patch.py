"""Edits of objects as values: RFC 6901 to look, operations in the manner of RFC 6902 to change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.refs import Ref

Op = Literal["add", "remove", "replace", "create", "delete"]

_INDEX = re.compile(r"0|[1-9][0-9]*")
# Beyond RFC 6901: the element of a list that has this name. It need not be there.
_NAMED = re.compile(r"\[.+\]", re.DOTALL)


class Missing:
    """What `lookup` finds where there is nothing; unlike null, which is something."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


class Operation(Struct, frozen=True, order=True):
    """One edit of one object.

    `value` is JSON text, so that an operation can be compared and hashed; it is
    empty for `remove` and `delete`. `create` takes a whole object, `delete` drops it.
    """

    of: Ref
    op: Op
    path: str = ""
    value: str = ""


class Patch(Struct, frozen=True):
    """Edits of several objects, in the order they are made."""

    operations: tuple[Operation, ...] = ()

    @classmethod
    def add(cls, of: Ref, path: str, value: object) -> Patch:
        """Insert into a list (`-` is its end), or set a field."""
        return cls((Operation(of, "add", path, _text(value)),))

    @classmethod
    def replace(cls, of: Ref, path: str, value: object) -> Patch:
        """Set a field, whether or not it was set; missing parents become objects."""
        return cls((Operation(of, "replace", path, _text(value)),))

    @classmethod
    def remove(cls, of: Ref, path: str) -> Patch:
        """Unset a field, if it is set."""
        return cls((Operation(of, "remove", path),))

    @classmethod
    def create(cls, of: Ref, value: object) -> Patch:
        """Make an object, in place of one that may have its name."""
        return cls((Operation(of, "create", "", _text(value)),))

    @classmethod
    def delete(cls, of: Ref) -> Patch:
        """Drop an object."""
        return cls((Operation(of, "delete"),))

    @classmethod
    def together(cls, patches: Iterable[Patch]) -> Patch:
        """Edits made for the objects as they are, each by itself: removals come last, from the end of their list."""
        operations = dict.fromkeys(each for patch in patches for each in patch.operations)
        kept = [each for each in operations if each.op != "remove"]
        removed = sorted((each for each in operations if each.op == "remove"), key=_from_the_end, reverse=True)
        return cls((*kept, *removed))

    def __or__(self, other: Patch) -> Patch:
        return Patch(self.operations + other.operations)

    __add__ = __or__

    def moved(self, name: Callable[[Ref], Ref]) -> Patch:
        """The same edits of the objects by other names."""
        return Patch(tuple(replace(each, of=name(each.of)) for each in self.operations))

    @property
    def touches(self) -> frozenset[Ref]:
        """The objects that it changes."""
        return frozenset(operation.of for operation in self.operations)


def _from_the_end(operation: Operation) -> tuple[Ref, list[tuple[int, str]]]:
    parts = [(int(token) if _INDEX.fullmatch(token) else -1, token) for token in tokens(operation.path)]
    return operation.of, parts


def tokens(pointer: str) -> tuple[str, ...]:
    """The parts of an RFC 6901 pointer; raises `UsageError` on what is none."""
    if pointer and (not pointer.startswith("/") or re.search(r"~(?![01])", pointer)):
        raise UsageError(f"`{pointer}` is no pointer; one reads /spec/containers/0/image")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def lookup(document: object, pointer: str) -> object:
    """What a pointer points at, or `MISSING`."""
    for token in tokens(pointer):
        document = _child(document, token)
    return document


def apply(document: object, operations: Iterable[Operation]) -> object:
    """The object after some operations, in order; `MISSING` where the last of them drops it.

    What was given stays as it was; what does not change is shared with it.
    Raises `UsageError` where an operation cannot be made.
    """
    for operation in operations:
        match operation.op:
            case "create":
                document = _value(operation)
            case "delete":
                document = MISSING
            case _ if document is MISSING:
                raise UsageError(f"`{operation.of}` is to be changed, and does not exist")
            case _:
                path = _placed(document, tokens(operation.path))
                document = document if path is None else _edited(document, path, operation)
    return document


def _placed(document: object, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """A path with the place of each element that it names, `[web]`; `None` where there is no such element."""
    found: list[str] = []
    for token in path:
        if _NAMED.fullmatch(token) and not isinstance(document, dict):
            listed = document if isinstance(document, list) else []
            names = [each.get("name") if isinstance(each, dict) else None for each in listed]
            if token[1:-1] not in names:
                return None
            token = str(names.index(token[1:-1]))
        found.append(token)
        document = _child(document, token)
    return tuple(found)


def _edited(here: object, path: tuple[str, ...], operation: Operation) -> object:
    if not path:
        return _whole(here, operation)
    token, rest = path[0], path[1:]
    if isinstance(here, list):
        return _edited_list(here, token, rest, operation)
    if here is MISSING or here is None:
        here = {}
    if not isinstance(here, dict):
        raise _impossible(operation, "leads through a value that has no parts")
    inner = here.get(token, MISSING)
    if operation.op == "remove" and inner is MISSING:
        return here
    if not rest and operation.op == "remove":
        return {key: value for key, value in here.items() if key != token}
    return {**here, token: _edited(inner, rest, operation)}


def _edited_list(here: list[object], token: str, rest: tuple[str, ...], operation: Operation) -> object:
    end = len(here)
    index = end if token == "-" else int(token) if _INDEX.fullmatch(token) and len(token) < 10 else -1
    if index < 0:
        raise _impossible(operation, f"has `{token}` where a list takes a number")
    if operation.op == "remove" and index >= end:
        return here
    if not rest and operation.op == "remove":
        return here[:index] + here[index + 1 :]
    if not rest and operation.op == "add" and index <= end:
        return [*here[:index], _value(operation), *here[index:]]
    if index > end or (index == end and operation.op != "add" and rest):
        raise _impossible(operation, f"has `{token}` where the list ends at {end}")
    inner = here[index] if index < end else MISSING
    return [*here[:index], _edited(inner, rest, operation), *here[index + 1 :]]


def _whole(here: object, operation: Operation) -> object:
    if operation.op == "remove":
        raise _impossible(operation, "names the whole object; delete it instead")
    return _value(operation)


def _child(holder: object, token: str) -> object:
    if isinstance(holder, dict):
        found: object = holder.get(token, MISSING)
        return found
    if isinstance(holder, list) and _INDEX.fullmatch(token) and len(token) < 10 and int(token) < len(holder):
        item: object = holder[int(token)]
        return item
    return MISSING


def _impossible(operation: Operation, problem: str) -> UsageError:
    return UsageError(f"cannot {operation.op} `{operation.path}` of `{operation.of}`: it {problem}")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _value(operation: Operation) -> object:
    value: object = msgspec.json.decode(operation.value)
    return value
