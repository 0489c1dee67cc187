"""Who can make a service account and speak as it, in a namespace that is there or in one of their own."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import READS as GRANTS
from kpath.semantics.rbac.grants import grants, together

READS = GRANTS | launches.READS | {"coverage"}

Makers = tuple[tuple[Joint, tuple[Assumption, ...]], ...]


def makers(model: Model, space: str, *, pods: bool) -> Makers:
    """Who makes service accounts of a namespace, and pods that run as them or (unless it takes `pods`) their tokens.

    A namespace that is not there is made first; where namespaces were not listed, it may be there.
    """
    if space in model.spaces:
        return _here(model, space, pods)
    unseen = (
        () if "namespaces" in model.coverage.listed else (Assumption(f"ns/{space} is there", missing="namespaces"),)
    )
    guessed = tuple((joint, unseen) for joint, _ in _here(model, None, pods)) if unseen else ()
    return (*_afresh(model, pods), *guessed)


@memoised
def _here(model: Model, space: str | None, pods: bool) -> Makers:
    found = _joined(model, pods)
    return tuple((joint, ()) for joint in found if joint.namespace in (None, space))


@memoised
def _joined(model: Model, pods: bool) -> tuple[Joint, ...]:
    return tuple(together(model, grants(model, "create", "serviceaccounts"), _speaking(model, pods)))


@memoised
def _afresh(model: Model, pods: bool) -> Makers:
    """Who makes namespaces as well, and has these rights in whichever there is."""
    everywhere = [each for each in _speaking(model, pods) if each.namespace is None]
    accounts = [each for each in grants(model, "create", "serviceaccounts") if each.namespace is None]
    return tuple((joint, ()) for joint in together(model, grants(model, "create", "namespaces"), accounts, everywhere))


def _speaking(model: Model, pods: bool) -> Iterator[Grant]:
    yield from launches.launchers(model)
    if not pods:
        yield from (each for each in grants(model, "create", "serviceaccounts/token") if each.names is None)
