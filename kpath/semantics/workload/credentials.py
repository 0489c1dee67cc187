"""Credentials written into ConfigMaps and user data. What they are is told; they themselves go nowhere."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from kpath.model import wire
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref, sa
from kpath.semantics.workload.colocated import token_ref
from kpath.semantics.workload.tokens import Token, recipient

# Source: IAM user guide, Understanding unique ID prefixes: AKIA is an access key that lasts.
_KEY_ID = re.compile(r"(?<![A-Z0-9])AKIA[A-Z0-9]{16}(?![A-Z0-9])")
_KEY = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
# So many hexadecimal digits are the digest of a commit, not a key.
_DIGEST = re.compile(r"[0-9a-f]{40}")
# Bounded, so that a text made for it is not searched for ever.
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{1,4096}\.(eyJ[\w-]{1,16384})\.[\w-]{1,4096}", re.ASCII)

# How packed data begins, and how much of it is read.
_GZIP, _MOST = b"\x1f\x8b", 1 << 20

# Both halves of a certificate by which a kubeconfig's user is known, in YAML or JSON: each is PEM in base64.
_CERTIFICATE = tuple(
    re.compile(rf"""client-{half}-data[\\"']*\s*:\s*[\\"']*LS0t[A-Za-z0-9+/]""") for half in ("certificate", "key")
)


class Found(Struct, frozen=True):
    """What credentials in a text are good for: service accounts' tokens, and the ids of AWS access keys."""

    owners: tuple[Ref, ...]
    keys: tuple[str, ...]


class _Payload(Struct, frozen=True):
    sub: str = ""
    aud: str | tuple[str, ...] = ()


@memoised
def credentials(model: Model) -> Mapping[Ref, Found]:
    """The ConfigMaps that hold a whole credential, and what those that name their owner are good for."""
    found: dict[Ref, Found] = {}
    for ref, config_map in model.config_maps.items():
        held = in_text("\n".join(_texts(config_map)))
        if held is not None:
            found[ref] = held
    return found


@memoised
def user_data(model: Model) -> Mapping[Ref, Found | None]:
    """The instances whose user data was collected, and the whole credentials in it."""
    return {ref: in_text(_plain(each.value)) for ref, each in model.user_data.items()}


def _plain(value: str) -> str:
    """User data as it was written: it comes in base64, and may be packed."""
    try:
        data = base64.b64decode(value)
        if data.startswith(_GZIP):
            data = zlib.decompressobj(wbits=31).decompress(data, _MOST)
    except (binascii.Error, zlib.error):
        return ""
    return data.decode("utf-8", "replace")


def in_text(text: str) -> Found | None:
    """The whole credentials in a text, if there are some."""
    owners = tuple(sorted(set(_owners(text))))
    keys = tuple(sorted(set(_KEY_ID.findall(text)))) if has_access_key(text) else ()
    return Found(owners, keys) if owners or keys or _has_certificate(text) else None


def has_access_key(text: str) -> bool:
    """Whether both parts of an AWS access key are in a text: its id alone is good for nothing."""
    return _KEY_ID.search(text) is not None and any(_DIGEST.fullmatch(each) is None for each in _KEY.findall(text))


def _has_certificate(text: str) -> bool:
    """Whether a kubeconfig in a text has a user's certificate and its key: neither is good for anything alone."""
    return all(each.search(text) for each in _CERTIFICATE)


def _owners(text: str) -> Iterator[Ref]:
    """What the service accounts' tokens in a text are good for."""
    for each in _JWT.findall(text):
        payload = _decoded(each)
        parts = payload.sub.split(":") if payload is not None else []
        if payload is not None and parts[:2] == ["system", "serviceaccount"] and len(parts) == 4 and all(parts):
            audiences = (payload.aud,) if isinstance(payload.aud, str) else payload.aud
            for audience in audiences or (None,):
                yield token_ref(sa(parts[2], parts[3]), Token(recipient(audience), ()))


def _decoded(payload: str) -> _Payload | None:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Payload)
    except (binascii.Error, msgspec.MsgspecError):
        return None


def _texts(config_map: wire.ConfigMap) -> Iterator[str]:
    """What a ConfigMap holds; the annotation of what was last applied keeps a copy of what has been taken out."""
    yield from (config_map.metadata.annotations or {}).values()
    try:
        yield from (msgspec.json.decode(bytes(config_map.data), type=dict[str, str] | None) or {}).values()
    except msgspec.MsgspecError:
        return
