"""Controllers that copy Secrets to whoever asks, and the Secrets that may be asked for.

Source: kubernetes-replicator (mittwald), pull-based replication; reflector (emberstack), reflection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import TARGET, Fact, pointer
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref

READS = frozenset({"secrets"})


class Replicator(Struct, frozen=True):
    """A product: its image, the annotation by which a Secret may be copied, and the one that says where to."""

    image: str
    allowed: str
    namespaces: str

    @property
    def permission(self) -> Fact:
        return Fact(TARGET, pointer("metadata", "annotations", self.allowed), "true")


REPLICATORS = tuple(
    Replicator(image, f"{prefix}-allowed", f"{prefix}-allowed-namespaces")
    for image, prefix in (
        ("kubernetes-reflector", "reflector.v1.k8s.emberstack.com/reflection"),
        ("kubernetes-replicator", "replicator.v1.mittwald.de/replication"),
    )
)


def offered(model: Model, by: Replicator, namespace: str | None) -> Refs:
    """The Secrets of other namespaces that may be copied into one, or (`None`) into whichever is wanted."""
    return model.names.refs(
        ref
        for ref, patterns in _permitting(model, by)
        if namespace is None or (ref.namespace != namespace and _admits(patterns, namespace))
    )


def _permitting(model: Model, by: Replicator) -> Iterator[tuple[Ref, str]]:
    for ref, secret in model.secrets.items():
        annotations = secret.metadata.annotations or {}
        if annotations.get(by.allowed) == "true":
            yield ref, annotations.get(by.namespaces, "")


def _admits(patterns: str, namespace: str) -> bool:
    """Whether a list of names and expressions has a namespace in it; an empty one has them all."""
    listed = [each.strip() for each in patterns.split(",") if each.strip()]
    return not listed or any(_matches(each, namespace) for each in listed)


def _matches(pattern: str, namespace: str) -> bool:
    try:
        return re.fullmatch(pattern, namespace) is not None
    except re.error:
        return pattern == namespace
