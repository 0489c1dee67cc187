"""Predicates of pods, asked once a class and answered node by node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model, Node
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload.tokens import Token, expected_tokens, tokens
from kpath.semantics.workload.vantages import Vantage, vantages
from kpath.verdict import Denied, Verdict

READS = frozenset({"pods", "nodes"})
NOWHERE = np.array([-1], np.int32)
TOKEN_READS = READS | {"service_accounts", "secrets", "coverage"}

Predicate = Callable[[PodSpec, Vantage, NodeInfo | None], Iterator[Verdict]]

LEGACY_TYPE = "kubernetes.io/service-account-token"
OWNER = "kubernetes.io/service-account.name"


ANYWHERE = Assumption("where the pod runs is not known", Confidence.MEDIUM, "pods")


class Place(Struct, frozen=True):
    """Pods on one node, and what of them holds there."""

    pods: Refs
    node: Node
    because: Evidence
    assumes: tuple[Assumption, ...]


def on_nodes(model: Model, classes: Iterable[PodClass], verdict: Verdict) -> Iterator[Place]:
    """Where the pods of some classes are, node by node, with what holds of them."""
    return standing(model, model.pods.of(classes), verdict)


def standing(model: Model, pods: Refs, verdict: Verdict) -> Iterator[Place]:
    """Where some pods are, node by node, with what holds of them."""
    for among, is_seen in zip(model.pods.those(pods, lambda each: each.origin is None), (True, False), strict=True):
        for number, here, certain in model.pods.per_node(among):
            node = model.nodes[number]
            if certain and not node.is_placeholder:
                # The pod of a DaemonSet is on every node, and no field says so.
                placed = (Fact(SOURCE, "/spec/nodeName", node.name),) if is_seen else ()
                yield Place(here, node, (*verdict.because, *placed), verdict.assumes)
            else:
                yield Place(here, node, verdict.because, (*verdict.assumes, ANYWHERE))


def off_fargate(model: Model, pods: Refs) -> Refs:
    """Those of some pods that are not on a node of Fargate."""
    there = [number for number, node in enumerate(model.nodes) if node.compute != "fargate"]
    return model.pods.on(pods, np.array([-1, *there], np.int32))


@memoised
def exotic(model: Model) -> tuple[PodClass, ...]:
    """The classes that have any field an escape could rest on; none of the others can fulfil one."""
    return tuple(each for each in model.pods.classes if _is_exotic(each.spec))


def _is_exotic(spec: PodSpec) -> bool:
    shared = spec.security_context
    if shared is not None and shared.windows_options is not None and shared.windows_options.host_process:
        return True
    if spec.host_pid or spec.host_ipc or spec.host_network:
        return True
    if any(volume.host_path is not None for volume in spec.volumes or ()):
        return True
    for vantage in vantages(spec):
        own = vantage.container.security_context
        if own is not None and (own.privileged or (own.capabilities is not None and own.capabilities.add)):
            return True
        if own is not None and own.windows_options is not None and own.windows_options.host_process:
            return True
    return False


class Escaping(Struct, frozen=True):
    """Pods of which something holds on the nodes they are on; `unplaced` ones may come to the nodes `maybe`."""

    pods: Refs
    unplaced: Refs
    maybe: Ids
    because: Evidence
    assumes: tuple[Assumption, ...]


def escaping(model: Model, predicate: Predicate) -> Iterator[Escaping]:
    """The pods for which an escape's preconditions hold, whatever their node."""
    for names, verdict, classes in _holding(model, predicate, exotic(model)):
        pods, _, maybe = model.pods.whereabouts(classes)
        here = np.array([number for number, node in enumerate(model.nodes) if node.name in names], np.int32)
        placed, unplaced = model.pods.on(pods, here), model.pods.on(pods, NOWHERE)
        yield Escaping(placed, unplaced, np.intersect1d(maybe, here), verdict.because, verdict.assumes)


def escapes(model: Model, predicate: Predicate, *, ordinary: bool = False) -> Iterator[Place]:
    """The pods for which an escape's preconditions hold, with the node that they hold of.

    With `ordinary`, pods that have nothing special about them are asked as well.
    """
    yield from fulfilling(model, predicate, model.pods.classes if ordinary else exotic(model))


def fulfilling(model: Model, predicate: Predicate, among: Sequence[PodClass]) -> Iterator[Place]:
    """The pods of some classes for which a predicate holds, with the node that it holds of."""
    for names, verdict, classes in _holding(model, predicate, among):
        yield from (place for place in on_nodes(model, classes, verdict) if place.node.name in names)


def _holding(
    model: Model, predicate: Predicate, among: Sequence[PodClass]
) -> Iterator[tuple[set[str], Verdict, list[PodClass]]]:
    """Classes by the verdict of a predicate, and the names of the nodes it holds of."""
    infos: dict[NodeInfo | None, set[str]] = {}
    for node in model.nodes:
        if node.compute != "fargate":
            infos.setdefault(node.info, set()).add(node.name)
    for info, names in infos.items():
        groups: dict[Verdict, list[PodClass]] = {}
        for each in among:
            for vantage in vantages(each.spec):
                for verdict in predicate(each.spec, vantage, info):
                    if not isinstance(verdict, Denied):
                        groups.setdefault(verdict, []).append(each)
        yield from ((names, verdict, fitting) for verdict, fitting in groups.items())


@memoised
def legacy_tokens(model: Model) -> dict[Ref, Ref]:
    """The Secrets that hold a service account's token that never expires, and whose token it is."""
    found: dict[Ref, Ref] = {}
    for ref, secret in model.secrets.items():
        owner = (secret.metadata.annotations or {}).get(OWNER)
        if secret.type == LEGACY_TYPE and owner:
            found[ref] = Ref(f"sa/{ref.namespace}/{owner}")
    return found


@memoised
def _legacy_names(model: Model) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for ref in legacy_tokens(model):
        names.setdefault(ref.namespace, set()).add(ref.name)
    return {namespace: frozenset(each) for namespace, each in names.items()}


def held_tokens(model: Model, each: PodClass) -> Iterator[Token]:
    """The tokens in the containers of a class of pods."""
    legacy = _legacy_names(model).get(each.namespace, frozenset())
    account = model.service_accounts.get(each.service_account)
    for vantage in vantages(each.spec):
        if each.planned:
            yield from expected_tokens(
                each.spec,
                vantage,
                account.automount_service_account_token if account else None,
                each.service_account,
                account is not None,
                annotations=account.metadata.annotations if account else None,
                legacy=legacy,
            )
        else:
            yield from tokens(each.spec, vantage, legacy=legacy)


class Holding(Struct, frozen=True):
    """Classes of pods that hold a token, the service account that it speaks for, and why."""

    classes: tuple[PodClass, ...]
    account: Ref
    token: Token
    because: Evidence


def holdings(model: Model) -> Iterator[Holding]:
    """Every token that some pod holds."""
    groups: dict[tuple[Ref, Evidence, Token], list[PodClass]] = {}
    for each in model.pods.classes:
        for token in held_tokens(model, each):
            account = each.service_account
            because: Evidence = (account_fact(each),)
            if token.legacy_secret is not None:
                secret = Ref(f"secret/{each.namespace}/{token.legacy_secret}")
                account, because = legacy_tokens(model)[secret], (owner_fact(model, secret),)
            groups.setdefault((account, because, token), []).append(each)
    for (account, because, token), classes in groups.items():
        yield Holding(tuple(classes), account, token, (*because, *token.because))


def account_fact(each: PodClass) -> Fact:
    """The field by which pods run as their service account; `default` need not be written."""
    if each.spec.service_account_name is None and each.spec.service_account is not None:
        return Fact(SOURCE, "/spec/serviceAccount", each.spec.service_account)
    return Fact(SOURCE, "/spec/serviceAccountName", each.spec.service_account_name)


def owner_fact(model: Model, secret: Ref) -> Fact:
    """The annotation that says whose token a Secret holds."""
    annotations = model.secrets[secret].metadata.annotations or {}
    return Fact(secret, pointer("metadata", "annotations", OWNER), annotations.get(OWNER))
