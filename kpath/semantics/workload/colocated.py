"""What the pods on a node bring there: tokens and Secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.tables import Model, Node, memoised
from kpath.model.wire import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload.places import account_fact, held_tokens
from kpath.semantics.workload.tokens import SecretReads, Token, referenced_secrets, volume_secrets, volume_tokens

ANYWHERE = Assumption("where the pod runs is not known", Confidence.MEDIUM, "pods")


class Brought(Struct, frozen=True):
    """Something that a pod on a node brings there; `audience` is `None` for the API server, or for no token."""

    target: Ref
    pod: Ref
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


def token_ref(account: Ref, token: Token) -> Ref:
    """What it is to hold a token: to be its account, or to hold it for another audience."""
    if token.audience is None:
        return account
    return Ref(f"token/{account.namespace}/{account.name}/{token.audience}")


@memoised
def _tokens_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    groups: dict[tuple[Ref, Evidence, tuple[Assumption, ...]], list[PodClass]] = {}
    for each in model.pods.classes:
        for token in (*volume_tokens(each.spec), *(held_tokens(model, each) if each.planned else ())):
            if token.legacy_secret is None:
                target = token_ref(each.service_account, token)
                groups.setdefault((target, (account_fact(each), *token.because), token.assumes), []).append(each)
    return _by_node(
        model, ((tuple(classes), target, because, doubts) for (target, because, doubts), classes in groups.items())
    )


def tokens_on(model: Model, node: Node) -> tuple[Brought, ...]:
    """The tokens in the volumes of a node's pods, each with one pod that has it."""
    return _tokens_by_node(model).get(node.name, ())


@memoised
def _accounts_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    groups: dict[tuple[Ref, str | None], list[PodClass]] = {}
    for each in model.pods.classes:
        groups.setdefault((each.service_account, each.spec.service_account_name), []).append(each)
    return _by_node(
        model,
        (
            (tuple(classes), account, (Fact(Ref("source"), "/spec/serviceAccountName", written),), ())
            for (account, written), classes in groups.items()
        ),
    )


def accounts_on(model: Model, node: Node) -> tuple[Brought, ...]:
    """The service accounts of the pods of a node, whether or not their tokens are mounted."""
    return _accounts_by_node(model).get(node.name, ())


def _secrets_by_node(model: Model, secrets_of: Callable[[PodSpec], SecretReads]) -> Mapping[str, tuple[Brought, ...]]:
    groups: dict[tuple[Ref, Evidence], list[PodClass]] = {}
    for each in model.pods.classes:
        for name, because in secrets_of(each.spec):
            groups.setdefault((Ref(f"secret/{each.namespace}/{name}"), because), []).append(each)
    return _by_node(model, ((tuple(classes), secret, because, ()) for (secret, because), classes in groups.items()))


@memoised
def _referenced_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    return _secrets_by_node(model, referenced_secrets)


@memoised
def _lying_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    return _secrets_by_node(model, volume_secrets)


def secrets_of(model: Model, node: Node) -> tuple[Brought, ...]:
    """The Secrets that the pods of a node refer to."""
    return _referenced_by_node(model).get(node.name, ())


def secrets_on(model: Model, node: Node) -> tuple[Brought, ...]:
    """The Secrets in the volumes of a node's pods, as files on the node."""
    return _lying_by_node(model).get(node.name, ())


Group = tuple[tuple[PodClass, ...], Ref, Evidence, tuple[Assumption, ...]]


def _by_node(model: Model, groups: Iterator[Group]) -> dict[str, tuple[Brought, ...]]:
    """For each node what is there; of several pods that bring the same thing, the first is the witness."""
    found: dict[str, dict[Ref, Brought]] = {}
    for classes, target, because, assumes in groups:
        for number, pods, certain in model.pods.per_node(classes):
            node = model.nodes[number]
            pod = model.names.ref(int(pods.ids[0]))
            sure = certain and not node.is_placeholder
            here = found.setdefault(node.name, {})
            if target in here and (not sure or not here[target].assumes):
                continue
            facts = tuple(model.bound(fact, pod, pod) for fact in because)
            if sure and model.origin(pod)[0] == pod:
                facts = (Fact(pod, "/spec/nodeName", node.name), *facts)
            here[target] = Brought(target, pod, facts, assumes if sure else (*assumes, ANYWHERE))
    return {node: tuple(here.values()) for node, here in found.items()}
