"""YAML as kubectl reads it, built from events so that no text can exhaust the stack."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import yaml
from yaml import events

from kpath.errors import SnapshotError
from kpath.evidence import pointer
from kpath.snapshot import safety
from kpath.snapshot.chunk import Chunk, Unread, place
from kpath.snapshot.envelope import Envelope, is_single
from kpath.snapshot.scalars import TAGS, resolved

TEMPLATED = "a template, not a manifest; render it first (for Helm: `helm template`) and give what that prints"
NO_TEXT = "a key that is no string; put it in quotes"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_MERGE = "<<"


def documents(text: bytes, file: str) -> list[object] | Unread:
    """The documents of a YAML text, those that hold nothing included as `None`.

    Raises `SnapshotError`; a text that fails and holds template syntax is
    `Unread`, since it was never meant to be YAML.
    """
    if not safety.is_utf8(text):
        raise SnapshotError(file, "", safety.NOT_UTF8)
    builder, found = _Builder(file), list[object]()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, events.DocumentStartEvent):
                builder.begin(f"document {len(found) + 1}")
            elif isinstance(event, events.DocumentEndEvent):
                found.append(builder.root)
            else:
                builder.take(event)
    except (yaml.YAMLError, _NestedKeyError) as error:
        if b"{{" in text:
            return Unread(file, TEMPLATED)
        raise _explained(file, error) from None
    return found


def objects(document: object) -> Iterator[Chunk]:
    """The objects of a document, without a file, placed by pointer: the items of a list, or the document itself."""
    if isinstance(document, list):
        pointer_to, items, says = "", document, ("", "")
    elif isinstance(document, dict) and not is_single(document):
        told = Envelope.of(document).of_items()
        pointer_to, items, says = "/items", document["items"] or [], told or ("", "")
        if told is None:
            yield Chunk("", "", _encoded(document))
            return
    else:
        yield Chunk("", "", _encoded(document))
        return
    for index, item in enumerate(items):
        yield Chunk("", f"{pointer_to}/{index}", _encoded(item), *says)


class _NestedKeyError(Exception):
    """What an unquoted template parses to."""

    def __init__(self, error: SnapshotError) -> None:
        super().__init__(str(error))
        self.error = error


def _explained(file: str, error: yaml.YAMLError | _NestedKeyError) -> SnapshotError:
    if isinstance(error, _NestedKeyError):
        return error.error
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be understood")
    line = f"line {mark.line + 1}" if mark is not None else ""
    return SnapshotError(file, line, "not YAML: " + _QUOTED.sub("a character", problem))


class _Open:
    """A mapping or sequence whose end has not been seen."""

    __slots__ = ("anchor", "key", "keyed", "merged", "merges", "size", "value")

    def __init__(self, value: dict[str, object] | list[object], anchor: str | None) -> None:
        self.value, self.anchor = value, anchor
        self.key, self.size = "", 1
        self.keyed = self.merges = False
        self.merged: list[object] = []


class _Builder:
    """The documents of one text in the making."""

    def __init__(self, file: str) -> None:
        self.file = file
        # Counted over all documents: many small ones could stand for as much as a large one.
        self.aliases = self.expanded = 0
        self.begin("")

    def begin(self, at: str) -> None:
        self.at = at
        self.root: object = None
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[object, int] | None] = {}

    def take(self, event: events.Event) -> None:
        if isinstance(event, events.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, events.MappingStartEvent):
            self._start({}, event, "map")
        elif isinstance(event, events.SequenceStartEvent):
            self._start([], event, "seq")
        elif isinstance(event, (events.MappingEndEvent, events.SequenceEndEvent)):
            self._end()
        elif isinstance(event, events.AliasEvent):
            self._alias(event)

    def _refused(self, problem: str) -> SnapshotError:
        tokens = [each.key if isinstance(each.value, dict) else len(each.value) for each in self.open]
        if self.open and isinstance(self.open[-1].value, dict) and not self.open[-1].keyed:
            tokens.pop()
        return SnapshotError(self.file, place(self.at, pointer(*tokens)), problem)

    def _expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and not self.open[-1].keyed

    def _scalar(self, event: events.ScalarEvent) -> None:
        if event.tag is not None and event.tag not in TAGS:
            raise self._refused("a tag of its own; only the tags of plain YAML are read")
        plain = event.tag is None and event.implicit[0]
        if self._expects_key() and plain and event.value == _MERGE:
            holder = self.open[-1]
            holder.key, holder.keyed, holder.merges = _MERGE, True, True
            return
        value, problem = resolved(event.value, event.tag or ("" if plain else "str"))
        if problem:
            raise self._refused(problem)
        self._place(value, len(event.value) + 1, event.anchor)

    def _key(self, key: object) -> None:
        holder = self.open[-1]
        if not isinstance(key, str):
            raise self._refused(NO_TEXT)
        holder.key, holder.keyed = key, True
        if isinstance(holder.value, dict) and key in holder.value:
            raise self._refused(safety.DUPLICATE)

    def _start(self, value: dict[str, object] | list[object], event: events.CollectionStartEvent, name: str) -> None:
        if self._expects_key():
            raise _NestedKeyError(self._refused(NO_TEXT))
        if event.tag not in (None, "!", f"tag:yaml.org,2002:{name}"):
            raise self._refused("a tag of its own; only the tags of plain YAML are read")
        if len(self.open) >= safety.DEPTH:
            raise self._refused(safety.TOO_DEEP)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append(_Open(value, event.anchor))

    def _end(self) -> None:
        done = self.open.pop()
        if isinstance(done.value, dict):
            for each in done.merged:
                self._merge(done.value, each)
        self._place(done.value, done.size, done.anchor)

    def _merge(self, into: dict[str, object], value: object) -> None:
        """Fill in the keys of other mappings; what stands here, or came first, wins."""
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                raise self._refused("`<<` takes a mapping or a list of mappings")
            for key, inner in each.items():
                into.setdefault(key, inner)

    def _alias(self, event: events.AliasEvent) -> None:
        self.aliases += 1
        if self.aliases > safety.ALIASES:
            raise self._refused(f"more than {safety.ALIASES:,} aliases")
        if event.anchor not in self.anchors:
            raise self._refused("an alias of nothing that stands before it")
        meant = self.anchors[event.anchor]
        if meant is None:
            raise self._refused("an alias of what it stands in")
        value, size = meant
        self.expanded += size
        if self.expanded > safety.OBJECT_BYTES:
            raise self._refused(f"aliases that stand for more than {safety.SIZES[safety.OBJECT_BYTES]}")
        self._place(value, size, None)

    def _place(self, value: object, size: int, anchor: str | None) -> None:
        """Put a finished value where it belongs: it is a key, an item, a field, or the document."""
        if anchor:
            self.anchors[anchor] = (value, size)
        if not self.open:
            self.root = value
            return
        holder = self.open[-1]
        holder.size += size
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif not holder.keyed:
            self._key(value)
        elif holder.merges:
            holder.merged.append(value)
            holder.keyed = holder.merges = False
        else:
            holder.value[holder.key] = value
            holder.keyed = False


def _encoded(value: object) -> bytes:
    return msgspec.json.encode(value)
