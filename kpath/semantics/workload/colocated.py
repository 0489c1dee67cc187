"""What the pods on a node bring there: tokens and Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.tables import Model, Node, memoised
from kpath.refs import Ref
from kpath.semantics.workload.places import Holding, holdings
from kpath.semantics.workload.tokens import mounted_secrets
from kpath.semantics.workload.vantages import vantages

ANYWHERE = Assumption("where the pod runs is not known", Confidence.MEDIUM, "pods")


class Brought(Struct, frozen=True):
    """Something that a pod on a node brings there; `audience` is `None` for the API server, or for no token."""

    target: Ref
    pod: Ref
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


def token_ref(holding: Holding) -> Ref:
    """What it is to hold a token: to be its account, or to hold it for another audience."""
    account, audience = holding.account, holding.token.audience
    return account if audience is None else Ref(f"token/{account.namespace}/{account.name}/{audience}")


@memoised
def _tokens_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    return _by_node(
        model, ((each.classes, token_ref(each), each.because, each.token.assumes) for each in holdings(model))
    )


def tokens_on(model: Model, node: Node) -> tuple[Brought, ...]:
    """The tokens in the pods of a node, each with one pod that holds it."""
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


@memoised
def _secrets_by_node(model: Model) -> Mapping[str, tuple[Brought, ...]]:
    groups: dict[tuple[Ref, Evidence], list[PodClass]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            for name, because in mounted_secrets(each.spec, vantage):
                groups.setdefault((Ref(f"secret/{each.namespace}/{name}"), because), []).append(each)
    return _by_node(model, ((tuple(classes), secret, because, ()) for (secret, because), classes in groups.items()))


def secrets_on(model: Model, node: Node) -> tuple[Brought, ...]:
    """The Secrets that the pods of a node use."""
    return _secrets_by_node(model).get(node.name, ())


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
