"""One object of a kind that we know, from the bytes of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.model import wire_pod
from kpath.model.kinds import decoder


class _Meta(Struct, frozen=True):
    annotations: dict[str, str] | None = None


class _Noted(Struct, frozen=True):
    metadata: _Meta = _Meta()


_MARK = wire_pod.APP_ARMOR.encode()


def decoded(kind: str, data: bytes) -> wire_pod.Wire:
    """An object of a kind. A pod's annotations are decoded only where they name a profile of AppArmor."""
    found = decoder(kind).decode(data)
    if isinstance(found, wire_pod.Pod) and _MARK in data:
        annotations = msgspec.json.decode(data, type=_Noted).metadata.annotations
        return replace(found, spec=noted(found.spec, annotations))
    return found


def noted(spec: wire_pod.PodSpec, annotations: Mapping[str, str] | None) -> wire_pod.PodSpec:
    """A spec with the profiles of AppArmor that annotations beside it give its containers."""
    found = {key: value for key, value in (annotations or {}).items() if key.startswith(wire_pod.APP_ARMOR)}
    if not found:
        return spec
    return replace(spec, app_armor=tuple(sorted((key[len(_MARK) :], value) for key, value in found.items())))
