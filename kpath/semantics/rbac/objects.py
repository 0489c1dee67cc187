"""The objects that a grant extends to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from kpath.evidence import Assumption, Confidence
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref, sa
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.workload.tokens import referenced_secrets

STS = "sts.amazonaws.com"
POD_IDENTITY = "pods.eks.amazonaws.com"


Spaces = Mapping[str | None, Refs]


def _spaces(model: Model, refs: Iterable[Ref], namespace_of: Callable[[Ref], str]) -> Spaces:
    """Refs by namespace, and all of them under `None`."""
    groups: dict[str | None, list[Ref]] = {None: []}
    for ref in refs:
        groups[None].append(ref)
        groups.setdefault(namespace_of(ref), []).append(ref)
    return {namespace: model.names.refs(members) for namespace, members in groups.items()}


def _within(model: Model, spaces: Spaces, grant: Grant, named: Callable[[str, str], Iterable[Ref]]) -> Refs:
    """What a grant extends to: everything in its scope, or what its names name there."""
    if grant.names is None:
        return spaces.get(grant.namespace) or model.names.refs(())
    places = [each for each in spaces if each is not None] if grant.namespace is None else [grant.namespace]
    found = (ref for place in places for name in grant.names for ref in named(place, name))
    return model.names.refs(ref for ref in found if ref in spaces[None])


@memoised
def _pod_spaces(model: Model) -> Spaces:
    groups: dict[str, list[PodClass]] = {}
    for each in model.pods.classes:
        groups.setdefault(each.namespace, []).append(each)
    whole: dict[str | None, Refs] = {None: model.pods.of(model.pods.classes)}
    return whole | {namespace: model.pods.of(classes) for namespace, classes in groups.items()}


def pods(model: Model, grant: Grant) -> Refs:
    """The pods that a grant extends to."""
    return _within(model, _pod_spaces(model), grant, lambda place, name: [Ref(f"pod/{place}/{name}")])


def pod_namespaces(model: Model, grant: Grant) -> list[str]:
    """The namespaces of the pods that a grant extends to."""
    if grant.names is not None:
        return sorted({ref.namespace for ref in pods(model, grant)})
    known = sorted(space for space in _pod_spaces(model) if space is not None)
    return [space for space in known if grant.namespace in (None, space)]


@memoised
def _secret_spaces(model: Model) -> Spaces:
    found = set(model.secrets)
    for each in model.pods.classes:
        found |= {Ref(f"secret/{each.namespace}/{name}") for name, _ in referenced_secrets(each.spec)}
    return _spaces(model, sorted(found), lambda ref: ref.namespace)


def secrets(model: Model, grant: Grant) -> Refs:
    """The Secrets that a grant extends to: collected, or referred to by a pod."""
    return _within(model, _secret_spaces(model), grant, lambda place, name: [Ref(f"secret/{place}/{name}")])


def known_secrets(model: Model) -> Refs:
    """Every Secret that was collected, or that a pod refers to."""
    return _secret_spaces(model)[None]


@memoised
def _account_spaces(model: Model) -> Spaces:
    return _spaces(model, universe.accounts(model), lambda ref: ref.namespace)


def accounts(model: Model, grant: Grant) -> Refs:
    """The service accounts that a grant extends to."""
    return _within(model, _account_spaces(model), grant, lambda place, name: [sa(place, name)])


@memoised
def _identity_spaces(model: Model) -> Spaces:
    every = (each for ref in universe.accounts(model) for each in (ref, *tokens_of(model, ref)))
    return _spaces(model, every, lambda ref: ref.namespace)


def identities(model: Model, grant: Grant) -> Refs:
    """The service accounts that a grant extends to, with their tokens for every audience."""

    def named(place: str, name: str) -> list[Ref]:
        return [sa(place, name), *tokens_of(model, sa(place, name))]

    return _within(model, _identity_spaces(model), grant, named)


def personas(model: Model, grant: Grant, refs: tuple[Ref, ...]) -> Refs:
    """Those of some users or groups that a grant extends to."""
    return model.names.refs(ref for ref in refs if grant.names is None or ref.name in grant.names)


@memoised
def audiences(model: Model) -> tuple[str, ...]:
    """The audiences for which AWS takes tokens of this cluster; that of STS where no provider is known."""
    known = {audience for each in model.providers.values() for audience in each.audiences or (STS,)} or {STS}
    return tuple(sorted(known | ({POD_IDENTITY} if model.pod_identities else set())))


def tokens_of(model: Model, account: Ref) -> list[Ref]:
    """The tokens of a service account that are worth something outside of the cluster."""
    return [Ref(f"token/{account.namespace}/{account.name}/{audience}") for audience in audiences(model)]


def _minor(version: str) -> int | None:
    found = re.match(r"v?[0-9]+\.([0-9]{1,4})(?![0-9])", version)
    return int(found[1]) if found is not None else None


def before(model: Model, minor: int, what: str) -> tuple[Assumption, ...] | None:
    """What to assume for a behaviour that ended with a version: nothing, the version, or `None` where it has ended.

    A server is never older than its kubelets, and may be newer.
    """
    said = [number for each in model.clusters.values() if each.version and (number := _minor(each.version)) is not None]
    if said:
        return () if max(said) < minor else None
    kubelets = [_minor(node.info.kubelet_version) for node in model.nodes if node.info is not None]
    if any(number is not None and number >= minor for number in kubelets):
        return None
    return (Assumption(f"the server is older than 1.{minor}: {what}", Confidence.MEDIUM, "eks describe-cluster"),)
