"""Controllers that copy Secrets to whoever asks, and the Secrets that may be asked for.

Source: kubernetes-replicator (mittwald), pull-based replication; reflector (emberstack), reflection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import TARGET, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.objects import known_secrets
from kpath.semantics.workload.commands import switched_on
from kpath.semantics.workload.controllers import cited, running

READS = frozenset({"pods", "secrets"})
UNCLEAR = Assumption("a pattern of the Secret that cannot be read has the namespace in it", Confidence.MEDIUM)


class Replicator(Struct, frozen=True):
    """A product: its image, the annotation by which a Secret may be copied, and the one that says where to.

    Where the latter is missing, it may be copied everywhere or nowhere. Some have flags that ask no Secret at all.
    """

    image: str
    allowed: str
    namespaces: str
    is_open: bool
    flags: tuple[str, ...] = ()

    @property
    def permission(self) -> Fact:
        return Fact(TARGET, pointer("metadata", "annotations", self.allowed), "true")


_EMBERSTACK, _MITTWALD = "reflector.v1.k8s.emberstack.com/reflection", "replicator.v1.mittwald.de/replication"
REPLICATORS = (
    Replicator("kubernetes-reflector", f"{_EMBERSTACK}-allowed", f"{_EMBERSTACK}-allowed-namespaces", True),
    Replicator(
        "kubernetes-replicator", f"{_MITTWALD}-allowed", f"{_MITTWALD}-allowed-namespaces", False,
        ("-allow-all", "--allow-all"),
    ),
)  # fmt: skip


class Offer(Struct, frozen=True):
    """Secrets that are copied to whoever asks, why, and what that assumes."""

    secrets: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


@memoised
def offers(model: Model, by: Replicator, namespace: str | None) -> tuple[Offer, ...]:
    """The Secrets of other namespaces that a product copies into one, or (`None`) into whichever is wanted."""
    return tuple(_offers(model, by, namespace))


def _offers(model: Model, by: Replicator, namespace: str | None) -> Iterator[Offer]:
    runs = running(model, by.image)
    for each in runs[:1]:
        because = (*cited(model, each), by.permission)
        for is_clear, doubts in ((True, ()), (False, (UNCLEAR,))):
            found = [ref for ref, clear in _permitting(model, by, namespace) if clear is is_clear]
            yield Offer(model.names.refs(found), because, doubts)
    for each in runs:
        asked = next((because for flag in by.flags if (because := switched_on(each.vantage, flag))), ())
        if asked:
            others = model.names.refs(ref for ref in known_secrets(model) if ref.namespace != namespace)
            yield Offer(others, cited(model, each, *asked))
            return


def _permitting(model: Model, by: Replicator, namespace: str | None) -> Iterator[tuple[Ref, bool]]:
    """The Secrets that may be copied, and whether that is plain."""
    for ref, secret in model.secrets.items():
        annotations = secret.metadata.annotations or {}
        if annotations.get(by.allowed) == "true" and ref.namespace != namespace:
            patterns = [each.strip() for each in annotations.get(by.namespaces, "").split(",") if each.strip()]
            found = [_matches(each, namespace) for each in patterns] or [by.is_open]
            if any(each is not False for each in found):
                yield ref, True in found


def _matches(pattern: str, namespace: str | None) -> bool | None:
    """Whether a pattern has a namespace in it; `None` where another language of patterns may see one in it."""
    try:
        return namespace is None or re.fullmatch(pattern, namespace) is not None
    except re.error:
        return None
