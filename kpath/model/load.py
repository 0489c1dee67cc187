"""A snapshot → its model: one object at a time, and never the whole of it in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from kpath.collector import paused
from kpath.errors import SnapshotError
from kpath.model import wire, wire_aws, wire_pod
from kpath.model.aws import AwsBuilder
from kpath.model.builder import Builder, Decoded
from kpath.model.decoding import decoded
from kpath.model.fleet import Fleet
from kpath.model.join import joined
from kpath.model.kinds import KINDS, known_as
from kpath.model.patching import patched_answer, patched_object
from kpath.model.tables import Diagnostic, Model
from kpath.model.whose import described, folder, told, untold
from kpath.refs import apart
from kpath.snapshot.patch import Operation, Patch
from kpath.snapshot.store import Chunk, Listed, Unread, chunks

# How far into an object its kind is looked for before it is decoded for it.
_HEAD = 4096
_INJECTED, _SUFFIX = b"kube-api-access-", 5


def load(paths: Sequence[str], patch: Patch | None = None) -> Model:
    """Read a snapshot, as it is or as a patch would leave it.

    Objects in folders `clusters/NAME` are of several clusters; where there is one such folder, or none, everything is
    of one. Raises `SnapshotError` on the first malformed or hostile input, `UsageError` on a patch that does not fit
    the objects.
    """
    patch = patch or Patch()
    with paused():
        builders, aws = _read(paths, patch, folder)
        held = {name: each for name, each in builders.items() if not each.is_empty}
        if len(held.keys() - {""}) > 1:
            return _several(held, aws)
        if len(held) > 1:
            if "-" in paths:
                raise SnapshotError("-", "", "some objects are in a folder clusters/NAME, and others are not")
            builders, aws = _read(paths, patch, _nobody)
            held = {"": builders[""]}
        name, builder = next(iter(held.items()), ("", builders[""]))
        return _one(builder, aws, name)


def _read(paths: Sequence[str], patch: Patch, whose: Callable[[str], str]) -> tuple[dict[str, Builder], AwsBuilder]:
    """What was read, the objects of each cluster apart."""
    builders, aws = {"": Builder()}, AwsBuilder()
    readers = {"": _Reader(patch)}

    def read(chunk: Chunk) -> Decoded:
        name = whose(chunk.file)
        if name not in readers:
            builders[name], readers[name] = Builder(), _Reader(patch.moved(lambda ref: apart(ref, (name,))[1]))
        return readers[name].decoded(chunk)

    for found in chunks(paths, read):
        builder = builders.get(whose(found.file), builders[""])
        if isinstance(found, Unread):
            builder.unread(found.file, found.why)
        elif isinstance(found, Listed):
            builder.list_opened(found)
        elif isinstance(found.data, wire_aws.Answer):
            aws.add(found.data, found.file, found.at)
        else:
            builder.add(found)
    for operation in patch.operations:
        if operation.op == "create":
            name = apart(operation.of, builders)[0]
            builders[name].add(readers[name].created(operation))
    return builders, aws


def _nobody(file: str) -> str:
    """Whatever folder an object is in, it is of the one cluster that there is."""
    return ""


def _one(builder: Builder, aws: AwsBuilder, name: str) -> Model:
    cluster = described(aws, name) or told(aws, builder)
    builder.diagnostics += untold(aws, [cluster] if cluster is not None else [])
    return joined(builder, aws, cluster)


def _several(builders: dict[str, Builder], aws: AwsBuilder) -> Fleet:
    others = builders.pop("", Builder())
    clusters = {name: described(aws, name) or wire_aws.Cluster(name.partition(".")[0]) for name in builders}
    aws.diagnostics += others.diagnostics
    aws.diagnostics += untold(aws, [*clusters.values()])
    for file in sorted({*others.files.values(), *others.file_numbers}):
        aws.diagnostics.append(Diagnostic("not read: in no folder clusters/NAME, of which there are several", file))
    return Fleet({name: joined(builder, aws, clusters[name]) for name, builder in builders.items()})


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
            # Not strictly, for what writes these answers anew (jq, YAML) may leave numbers as text.
            found = msgspec.json.decode(answer, type=wire_aws.Answer, strict=False)
            return Decoded(kind, found, chunk.file, chunk.at)
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

    def created(self, operation: Operation) -> Decoded:
        """An object that the patch makes."""
        return self.decoded(Chunk("patch", str(operation.of), operation.value.encode()))


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
