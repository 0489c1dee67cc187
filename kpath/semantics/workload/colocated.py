"""What the pods on a node bring there: tokens and Secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from kpath.evidence import SOURCE, VIA, Assumption, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload.claims import declared, secrets_for_drivers
from kpath.semantics.workload.endpoints import backends, selector_fact
from kpath.semantics.workload.places import ANYWHERE, account_fact, held_tokens
from kpath.semantics.workload.tokens import (
    Named,
    Token,
    referenced_secrets,
    volume_secrets,
    volume_tokens,
)


class Brought(Struct, frozen=True):
    """Something that pods bring to the nodes they are on; facts of the pod are facts of `VIA`."""

    target: Ref
    pods: Refs
    nodes: Ids
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


def token_ref(account: Ref, token: Token) -> Ref:
    """What it is to hold a token: to be its account, or to hold it for another audience."""
    if token.audience is None:
        return account
    return Ref(f"token/{account.namespace}/{account.name}/{token.audience}")


@memoised
def tokens(model: Model) -> tuple[Brought, ...]:
    """The tokens in the volumes of pods, mounted or not."""
    groups: Groups = {}
    for each in model.pods.classes:
        for token in (*volume_tokens(each.spec), *(held_tokens(model, each) if each.planned else ())):
            if token.legacy_secret is None:
                because = (account_fact(each), *token.because)
                key = (token_ref(each.service_account, token), because, token.assumes)
                groups.setdefault(key, []).append(each)
    return tuple(_brought(model, groups))


@memoised
def accounts(model: Model) -> tuple[Brought, ...]:
    """The service accounts of pods, whether or not their tokens are mounted."""
    groups: Groups = {}
    for each in model.pods.classes:
        groups.setdefault((each.service_account, (account_fact(each),), ()), []).append(each)
    return tuple(_brought(model, groups))


@memoised
def secrets_referred_to(model: Model) -> tuple[Brought, ...]:
    """The Secrets that pods refer to in any way, themselves or by a claim."""
    return (*_named(model, "secret", referenced_secrets), *_by_claims(model))


def _by_claims(model: Model) -> Iterator[Brought]:
    for (claim, why), pods in declared(model).items():
        for secret, because in secrets_for_drivers(model, claim):
            yield from _located(model, secret, pods, (*why, *because))


@memoised
def secrets_in_volumes(model: Model) -> tuple[Brought, ...]:
    """The Secrets in the volumes of pods, which lie as files on their nodes."""
    return tuple(_named(model, "secret", volume_secrets))


@memoised
def claims(model: Model) -> tuple[Brought, ...]:
    """The claims for storage in the volumes of pods, which their nodes mount."""
    found = declared(model).items()
    return tuple(each for (claim, why), pods in found for each in _located(model, claim, pods, why))


@memoised
def services(model: Model) -> tuple[Brought, ...]:
    """The Services that pods stand behind."""
    groups: Groups = {}
    for service, behind in backends(model).items():
        selector = model.services[service].spec.selector or {}
        labels = (Fact(VIA, pointer("metadata", "labels", key), selector[key]) for key in sorted(selector))
        because = (*selector_fact(model, service), *labels)
        groups[service, because, ()] = [model.pods.classes[number] for number in _classes(model, behind)]
    return tuple(_brought(model, groups))


def _classes(model: Model, pods: Refs) -> list[int]:
    numbers: list[int] = np.unique(model.pods.columns.cls[pods.ids]).tolist()
    return numbers


def _named(model: Model, kind: str, names_of: Callable[[PodSpec], Named]) -> Iterator[Brought]:
    groups: Groups = {}
    for each in model.pods.classes:
        for name, because in names_of(each.spec):
            groups.setdefault((Ref(f"{kind}/{each.namespace}/{name}"), because, ()), []).append(each)
    return _brought(model, groups)


Groups = dict[tuple[Ref, Evidence, tuple[Assumption, ...]], list[PodClass]]


def _brought(model: Model, groups: Groups) -> Iterator[Brought]:
    for (target, because, assumes), classes in groups.items():
        yield from _located(model, target, model.pods.of(classes), because, assumes)


def _located(
    model: Model, target: Ref, pods: Refs, because: Evidence, assumes: tuple[Assumption, ...] = ()
) -> Iterator[Brought]:
    """What pods bring, with their nodes; apart, and with a doubt, the nodes that they may come to."""
    usable, any_node = _usable(model)
    nodes, maybe = model.pods.places(pods)
    facts = tuple(replace(fact, of=VIA) if fact.of == SOURCE else fact for fact in because)
    certain = nodes[usable[nodes]]
    if len(certain):
        yield Brought(target, pods, certain, facts, assumes)
    doubtful = np.union1d(maybe[usable[maybe]], np.intersect1d(maybe, any_node)).astype(np.int32)
    if len(doubtful):
        yield Brought(target, pods, doubtful, facts, (*assumes, ANYWHERE))


@memoised
def _usable(model: Model) -> tuple[NDArray[np.bool_], Ids]:
    """For each node whether one can be root on it, and the node that stands for unknown ones."""
    usable = np.array([node.compute != "fargate" and not node.is_placeholder for node in model.nodes], np.bool_)
    return usable, np.flatnonzero([node.is_placeholder for node in model.nodes]).astype(np.int32)
