"""Who can make a service account and speak as it, in a namespace that is there or in one of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.evidence import Assumption
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref, sa
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import READS as GRANTS
from kpath.semantics.rbac.grants import grants, together

READS = GRANTS | launches.READS | {"coverage"}

Makers = tuple[tuple[Joint, tuple[Assumption, ...]], ...]


def makers(model: Model, account: Ref, *, pods: bool) -> Makers:
    """Who makes a service account, and pods that run as it or (unless it takes `pods`) its tokens.

    A namespace that is not there is made first; where namespaces were not listed, it may be there.
    """
    space = account.namespace
    if space in model.spaces:
        return _here(model, space, pods) if pods else (*_here(model, space, pods), *_by_name(model, account))
    unseen = (
        () if "namespaces" in model.coverage.listed else (Assumption(f"ns/{space} is there", missing="namespaces"),)
    )
    named = () if pods else _by_name(model, account)
    guessed = tuple((joint, unseen) for joint, _ in (*_here(model, None, pods), *named)) if unseen else ()
    return (*_afresh(model, pods), *(_afresh_by_name(model, account.name) if named else ()), *guessed)


@memoised
def _here(model: Model, space: str | None, pods: bool) -> Makers:
    found = _joined(model, pods)
    return tuple((joint, ()) for joint in found if joint.namespace in (None, space))


@memoised
def nameable(model: Model) -> tuple[Ref, ...]:
    """The service accounts that a right to make tokens is about by name, whether or not they are there."""
    found = {
        sa(space, name)
        for each in _of_certain_names(model)
        for space in ([each.namespace] if each.namespace is not None else sorted(model.spaces))
        for name in each.names or ()
    }
    return tuple(sorted(found))


@memoised
def _of_certain_names(model: Model) -> tuple[Grant, ...]:
    return tuple(each for each in grants(model, "create", "serviceaccounts/token") if each.names is not None)


@memoised
def _by_name(model: Model, account: Ref) -> Makers:
    """Who makes an account whose tokens are theirs to make by its name."""
    of_it = [each for each in _of_certain_names(model) if each.includes(account)]
    found = together(model, grants(model, "create", "serviceaccounts"), of_it) if of_it else ()
    return tuple((joint, ()) for joint in found if joint.namespace in (None, account.namespace))


@memoised
def _joined(model: Model, pods: bool) -> tuple[Joint, ...]:
    return tuple(together(model, grants(model, "create", "serviceaccounts"), _speaking(model, pods)))


@memoised
def _afresh(model: Model, pods: bool) -> Makers:
    """Who makes namespaces as well, and has these rights in whichever there is."""
    return _made_afresh(model, _speaking(model, pods))


@memoised
def _afresh_by_name(model: Model, name: str) -> Makers:
    return _made_afresh(model, (each for each in _of_certain_names(model) if name in (each.names or ())))


def _made_afresh(model: Model, speaking: Iterable[Grant]) -> Makers:
    everywhere = [each for each in speaking if each.namespace is None]
    accounts = [each for each in grants(model, "create", "serviceaccounts") if each.namespace is None]
    return tuple((joint, ()) for joint in together(model, grants(model, "create", "namespaces"), accounts, everywhere))


def _speaking(model: Model, pods: bool) -> Iterator[Grant]:
    yield from launches.launchers(model)
    if not pods:
        yield from (each for each in grants(model, "create", "serviceaccounts/token") if each.names is None)
