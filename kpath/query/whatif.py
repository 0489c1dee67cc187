"""What a user would change, as a patch: objects to put in place or to drop, and fields to set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from kpath.errors import SnapshotError, UsageError
from kpath.model.kinds import KINDS, is_of, ref_of
from kpath.model.tables import Model
from kpath.refs import CONTROLLERS, Ref
from kpath.snapshot.patch import Patch, tokens
from kpath.snapshot.store import Chunk, Listed, Unread, chunks


def applied(model: Model, paths: Sequence[str]) -> Patch:
    """Manifests put in place, as `kubectl apply` does and roll-outs after it.

    Raises `SnapshotError` on what is no Kubernetes object, or of a kind that nothing depends on.
    """
    patches: list[Patch] = []
    for found in chunks(paths, _decoded):
        if isinstance(found, Unread):
            raise SnapshotError(found.file, "", f"not read: {found.why}")
        if not isinstance(found, Listed):
            patches.append(_put(model, *found))
    return Patch.together(patches)


def _decoded(chunk: Chunk) -> tuple[Ref, dict[str, object]]:
    data = msgspec.json.decode(chunk.data)
    kind = chunk.kind or (data.get("kind") if isinstance(data, dict) else None)
    if not isinstance(data, dict) or kind not in KINDS or not is_of(kind, data.get("apiVersion") or chunk.api_version):
        raise SnapshotError(chunk.file, chunk.at, f"`{kind}` is no kind that kpath reads; nothing would change by it")
    meta = data.get("metadata")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not meta["name"]:
        raise SnapshotError(chunk.file, f"{chunk.at}/metadata/name", "an object needs a name")
    return ref_of(kind, meta.get("namespace"), meta["name"]), {**data, "kind": kind}


def _put(model: Model, ref: Ref, data: dict[str, object]) -> Patch:
    """An object in place of the one that may be there; the pods of a controller are made anew."""
    made = Patch.replace(ref, "", data) if _is_there(model, ref) else Patch.create(ref, data)
    return made | Patch.together(_gone(model, ref))


def _gone(model: Model, ref: Ref) -> Iterator[Patch]:
    """The pods of a controller, and what stands between."""
    if ref.kind in CONTROLLERS:
        yield from (Patch.delete(pod) for pod in model.pods.owned_by(ref) if model.origin(pod)[0] == pod)


def _is_there(model: Model, ref: Ref) -> bool:
    return model.file_of(ref) is not None


def without(model: Model, texts: Iterable[str], namespace: str = "") -> Patch:
    """Objects dropped, the pods of a controller with it. Raises `UsageError` on one that is not in the snapshot."""
    patches: list[Patch] = []
    for text in texts:
        ref = Ref.parse(text, namespace)
        pods = list(_gone(model, ref))
        if not _is_there(model, ref) and not pods:
            raise UsageError(f"`{ref}` is no object of the snapshot")
        patches += [*([Patch.delete(ref)] if _is_there(model, ref) else []), *pods]
    return Patch.together(patches)


def fields(model: Model, texts: Iterable[str], namespace: str = "") -> Patch:
    """Fields set: `OBJECT:POINTER=VALUE`, the value as JSON or else as text; pods are made anew from a template."""
    patches: list[Patch] = []
    for text in texts:
        target, equals, value = text.partition("=")
        name, colon, pointer = target.partition(":/")
        if not (equals and colon):
            raise UsageError(f"`{text}` sets no field; write deploy/shop/web:/spec/template/spec/hostNetwork=false")
        ref, at = Ref.parse(name, namespace), f"/{pointer}"
        tokens(at)
        if not _is_there(model, ref):
            raise UsageError(f"`{ref}` is no object of the snapshot")
        patches += [Patch.replace(ref, at, _value(value)), *(_gone(model, ref) if "/template/" in at else ())]
    return Patch.together(patches)


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found
