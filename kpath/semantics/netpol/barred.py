"""What keeps pods from each other and from addresses: the policies that hold them and let nothing through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import sub

import msgspec
import numpy as np

from kpath.evidence import Evidence, Fact
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.engine import engines
from kpath.semantics.netpol.flows import flows
from kpath.semantics.netpol.network import network
from kpath.semantics.netpol.policy import EGRESS
from kpath.semantics.netpol.through import Through, ruled


def kept(model: Model, among: Refs, let: Iterable[Through]) -> Iterator[Through]:
    """Those of some pods that policies keep from what others get through to, and which policies do."""
    sure = [each.pods for each in let if not each.assumes]
    for each in holding(model, among, EGRESS):
        left = reduce(sub, sure, each.pods)
        if len(left):
            yield Through(left, each.because)


def receivers(model: Model, senders: Refs) -> Refs:
    """The pods that some others get through to."""
    found = [flow.targets.ids for flow in flows(model) if len(flow.sources & senders)]
    return Refs(model.names, np.unique(np.concatenate(found)) if found else np.zeros(0, np.int32))


def holds_any(model: Model, namespace: str, direction: str) -> bool:
    """Whether some pod of a namespace is held in a direction."""
    pods = model.pods.of(each for each in model.pods.classes if each.namespace == namespace)
    return any(True for _ in holding(model, pods, direction))


def holding(model: Model, among: Refs, direction: str) -> Iterator[Through]:
    """Some pods by the policies that hold them in a direction."""
    for engine in engines(model):
        seen = network(model, engine)
        for policies, parties in seen.by_policies(direction):
            pods = seen.pods(parties) & among
            because: Evidence = tuple(fact for ref in policies for fact in _isolating(model, ref, direction))
            if len(pods) and because:
                yield Through(pods, because)


def _isolating(model: Model, policy: Ref, direction: str) -> Iterator[Fact]:
    """What a policy says of a direction: its rules, or that it has none; Cilium's may have several parts."""
    own = model.network_policies[policy]
    parts = msgspec.json.decode(own.specs) if own.specs else None
    places = [f"/specs/{number}" for number in range(len(parts))] if isinstance(parts, list) else ["/spec"]
    for at in places:
        yield ruled(model, policy, f"{at}/{direction.lower()}")
