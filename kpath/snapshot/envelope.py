"""What tells a list from an object, wherever in the text it stands."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from kpath.snapshot.chunk import FAILURES

# How much of a text's end is looked at for the kind of a list that names it last.
TAIL = 1 << 14

_ABSENT = msgspec.Raw()


class Envelope(Struct, gc=False):
    """What tells a list from an object."""

    kind: object = None
    api_version: object = msgspec.field(default=None, name="apiVersion")
    items: msgspec.Raw = _ABSENT

    @classmethod
    def of(cls, value: object) -> Envelope:
        """The envelope of a value that was decoded before, its items aside."""
        return cls(value.get("kind"), value.get("apiVersion")) if isinstance(value, dict) else cls()

    @property
    def has_items(self) -> bool:
        """Whether there is a field `items`, null included."""
        return len(memoryview(self.items)) > 0

    @property
    def is_empty(self) -> bool:
        """Whether the items are null, as the list of nothing may print them."""
        return bytes(self.items) == b"null"

    def of_items(self) -> tuple[str, str] | None:
        """Kind and version of the items where this is a list, else nothing."""
        kind = self.kind if isinstance(self.kind, str) else ""
        version = self.api_version if isinstance(self.api_version, str) else ""
        if kind in ("", "List"):
            return "", ""
        return (kind[:-4], version) if kind.endswith("List") else None


class _Paging(Struct, gc=False):
    next: object = msgspec.field(default=None, name="continue")


class _Page(Struct, gc=False):
    metadata: _Paging | None = None


def continues(text: bytes) -> bool:
    """Whether a list says that more of it follows on another page."""
    try:
        page = msgspec.json.decode(text, type=_Page)
    except FAILURES:
        return False
    return page.metadata is not None and bool(page.metadata.next)


decoder: msgspec.json.Decoder[Envelope] = msgspec.json.Decoder(Envelope)
_key: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)


def is_single(value: object) -> bool:
    """Whether a value that was decoded is one object, and by its look no list."""
    return isinstance(value, dict) and not isinstance(value.get("items", 0), (list, type(None)))


def envelope_of(text: bytes) -> Envelope | None:
    """The envelope of a text that may be one whole object."""
    try:
        return decoder.decode(text)
    except FAILURES:
        return None


def closing(tail: bytes) -> Envelope | None:
    """What stands behind the items of a list, read from the end of its text; nothing if it cannot be told.

    Whatever closes at the end and opens with the bracket of the items decodes once
    the other side is put before it. No other bracket does that earlier: one in a
    string leaves the last brace within a string, one deeper leaves too many ends.
    """
    at = tail.find(b"]")
    while at >= 0:
        found = envelope_of(b'{"items":[' + tail[at:])
        if found is not None:
            return found
        at = tail.find(b"]", at + 1)
    return None


def names_items(key: bytes) -> bool:
    """Whether a key, as it is written, is `items`: escapes may spell it too."""
    if b"\\" not in key:
        return key == b'"items"'
    try:
        return _key.decode(key) == "items"
    except FAILURES:
        return False
