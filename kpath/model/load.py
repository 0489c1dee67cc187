"""A snapshot → its model: one object at a time, and never the whole of it in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kpath.collector import paused
from kpath.model import wire, wire_aws, wire_pod
from kpath.model.aws import AwsBuilder
from kpath.model.builder import Builder, Decoded
from kpath.model.decoding import decoded
from kpath.model.join import joined
from kpath.model.kinds import KINDS, known_as
from kpath.model.patching import patched_answer, patched_object
from kpath.model.tables import Model
from kpath.snapshot.patch import Patch
from kpath.snapshot.store import Chunk, Listed, Unread, chunks

# How far into an object its kind is looked for before it is decoded for it.
_HEAD = 4096
_INJECTED, _SUFFIX = b"kube-api-access-", 5


def load(paths: Sequence[str], patch: Patch | None = None) -> Model:
    """Read a snapshot, as it is or as a patch would leave it.

    Raises `SnapshotError` on the first malformed or hostile input, `UsageError` on
    a patch that does not fit the objects.
    """
    builder, aws = Builder(), AwsBuilder()
    reader = _Reader(patch or Patch())
    with paused():
        for found in chunks(paths, reader.decoded):
            if isinstance(found, Unread):
                builder.unread(found.file, found.why)
            elif isinstance(found, Listed):
                builder.list_opened(found)
            elif isinstance(found.data, wire_aws.Answer):
                aws.add(found.data, found.file, found.at)
            else:
                builder.add(found)
        for each in reader.created():
            builder.add(each)
        return joined(builder, aws)


class _Reader:
    """Decodes one object at a time, guessing that the next is of the kind of the last."""

    def __init__(self, patch: Patch) -> None:
        self.patch, self.touches = patch, patch.touches
        self.last = "Pod"
        self.mark = b'"Pod"'

    def decoded(self, chunk: Chunk) -> Decoded:
        """One object: decoded for its kind, patched."""
        kind, data = chunk.kind, None
        if not kind:
            kind, data = self._guess(chunk)
        if kind == "":
            answer = patched_answer(self.patch, chunk.data) if self.touches else chunk.data
            return Decoded(kind, msgspec.json.decode(answer, type=wire_aws.Answer), chunk.file, chunk.at)
        if data is None and kind in KINDS:
            data = _decoded(kind, chunk.data)
        kind = known_as(kind, getattr(data, "api_version", "") or chunk.api_version)
        if self.touches and data is not None:
            data = patched_object(self.patch, kind, data, chunk.data)
        return Decoded(kind, data, chunk.file, chunk.at)

    def _guess(self, chunk: Chunk) -> tuple[str, wire_pod.Wire | None]:
        if self.mark in chunk.data[:_HEAD]:
            found = _decoded(self.last, chunk.data)
            if getattr(found, "kind", "") == self.last:
                return self.last, found
        head = msgspec.json.decode(chunk.data, type=wire.Head)
        if head.kind in KINDS:
            self.last, self.mark = head.kind, b'"' + head.kind.encode() + b'"'
        return head.kind, None

    def created(self) -> list[Decoded]:
        """The objects that the patch makes."""
        return [
            self.decoded(Chunk("patch", str(operation.of), operation.value.encode()))
            for operation in self.patch.operations
            if operation.op == "create"
        ]


def _decoded(kind: str, data: bytes) -> wire_pod.Wire:
    """An object of a kind that we know.

    The token volume that the API server injects has a random name, which would make
    every pod a shape of its own; it is the same name in all of them from here on.
    """
    if kind == "Pod" and (at := data.find(_INJECTED)) > 0:
        end = at + len(_INJECTED) + _SUFFIX
        if data[end : end + 1] == b'"' == data[at - 1 : at]:
            data = data.replace(data[at:end], _INJECTED[:-1])
    return decoded(kind, data)
