"""Which pods a NetworkPolicy holds. What its rules let through is not read yet, so whoever is held is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from kpath.evidence import Assumption
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.labels import selects
from kpath.semantics.workload.endpoints import endpoints_of

READS = frozenset({"pods", "network_policies"})
INGRESS, EGRESS = "Ingress", "Egress"
LET_THROUGH = Assumption("no network policy forbids it")

Parts = Iterator[tuple[Refs, tuple[Assumption, ...]]]


def policies(model: Model, each: PodClass, direction: str) -> list[Ref]:
    """The policies that hold pods of a class in a direction; pods on the host's network are never held."""
    if each.spec.host_network:
        return []
    labels = dict(each.labels)
    return [
        ref
        for ref, policy in _by_namespace(model).get(each.namespace, ())
        if _is_about(policy, direction) and selects(policy.spec.pod_selector, labels) is not False
    ]


def _is_about(policy: NetworkPolicy, direction: str) -> bool:
    """Without types, a policy is about what comes in, and about what goes out if it has rules for that."""
    types = policy.spec.policy_types
    if types is not None:
        return direction in types
    return direction == INGRESS or bool(policy.spec.egress)


@memoised
def _by_namespace(model: Model) -> Mapping[str, tuple[tuple[Ref, NetworkPolicy], ...]]:
    found: dict[str, list[tuple[Ref, NetworkPolicy]]] = {}
    for ref, policy in model.network_policies.items():
        found.setdefault(ref.namespace, []).append((ref, policy))
    return {namespace: tuple(each) for namespace, each in found.items()}


@memoised
def _senders(model: Model) -> tuple[Refs, Refs]:
    return _by_policy(model, EGRESS)


@memoised
def _reachable(model: Model) -> Refs:
    """The endpoints with a pod that no policy keeps anybody away from."""
    free, _ = _by_policy(model, INGRESS)
    return endpoints_of(model, free)


def _by_policy(model: Model, direction: str) -> tuple[Refs, Refs]:
    """The pods that no policy holds, and those that one does."""
    held = {each.number for each in model.pods.classes if policies(model, each, direction)}
    free = [each for each in model.pods.classes if each.number not in held]
    return model.pods.of(free), model.pods.of(model.pods.classes[number] for number in held)


def senders(model: Model) -> Parts:
    """All pods: those that may connect to everything, and those that a policy holds."""
    free, held = _senders(model)
    yield from _told(free, held)


def receivers(model: Model, endpoints: Refs) -> Parts:
    """Some endpoints: those that anybody may connect to, and those that a policy guards."""
    free = _is_among(endpoints, _reachable(model))
    yield from _told(Refs(model.names, endpoints.ids[free]), Refs(model.names, endpoints.ids[~free]))


def _is_among(few: Refs, many: Refs) -> NDArray[np.bool_]:
    """For each of a few refs, whether it is one of many; without going through the many."""
    if not len(many):
        return np.zeros(len(few), np.bool_)
    at = np.minimum(many.ids.searchsorted(few.ids), len(many) - 1)
    return np.asarray(many.ids[at] == few.ids)


def _told(free: Refs, held: Refs) -> Parts:
    if len(free):
        yield free, ()
    if len(held):
        yield held, (LET_THROUGH,)
