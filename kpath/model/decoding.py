"""One object of a kind that we know, from the bytes of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.model import wire, wire_pod
from kpath.model.kinds import decoder


class _Meta(Struct, frozen=True):
    annotations: dict[str, str] | None = None


class _Noted(Struct, frozen=True):
    metadata: _Meta = _Meta()


class _Env(Struct, frozen=True):
    name: str = ""
    value: str | None = None


class _Container(Struct, frozen=True):
    env: tuple[_Env, ...] | None = None


class _Spec(Struct, frozen=True):
    containers: tuple[_Container, ...] | None = None


class _Template(Struct, frozen=True):
    spec: _Spec | None = None


class _Maker(_Spec, frozen=True):
    template: _Template | None = None


class _Running(Struct, frozen=True):
    spec: _Maker | None = None


_MARK = wire_pod.APP_ARMOR.encode()
_ROLE = wire_pod.IAM_ROLE.encode()
_MODE = wire_pod.POLICY_MODE.encode()


def decoded(kind: str, data: bytes) -> wire_pod.Wire:
    """An object of a kind. A pod's annotations are decoded only where they name a profile of AppArmor or a role."""
    found = decoder(kind).decode(data)
    if isinstance(found, wire_pod.Pod) and (_MARK in data or _ROLE in data):
        annotations = msgspec.json.decode(data, type=_Noted).metadata.annotations
        found = replace(found, spec=noted(found.spec, annotations))
    if _MODE in data and isinstance(found, wire_pod.Pod | wire.Controller):
        return _with_mode(found, _mode(data))
    return found


def _mode(data: bytes) -> str | None:
    """The value of the one environment variable that is read, of a pod or of a controller's template."""
    held = msgspec.json.decode(data, type=_Running).spec
    spec = held.template.spec if held is not None and held.template is not None else held
    for container in (spec.containers if spec is not None else None) or ():
        for each in container.env or ():
            if each.name == wire_pod.POLICY_MODE:
                return each.value
    return None


def _with_mode(found: wire_pod.Pod | wire.Controller, mode: str | None) -> wire_pod.Wire:
    if isinstance(found, wire_pod.Pod):
        return replace(found, spec=replace(found.spec, policy_mode=mode))
    template = found.spec.template
    if template is None or template.spec is None:
        return found
    made = replace(template, spec=replace(template.spec, policy_mode=mode))
    return replace(found, spec=replace(found.spec, template=made))


def noted(spec: wire_pod.PodSpec, annotations: Mapping[str, str] | None) -> wire_pod.PodSpec:
    """A spec with what annotations beside it say: the profiles of AppArmor of its containers, and a role."""
    said = annotations or {}
    if role := said.get(wire_pod.IAM_ROLE):
        spec = replace(spec, iam_role=role)
    found = {key: value for key, value in said.items() if key.startswith(wire_pod.APP_ARMOR)}
    if not found:
        return spec
    return replace(spec, app_armor=tuple(sorted((key[len(_MARK) :], value) for key, value in found.items())))
