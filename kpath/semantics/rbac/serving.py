"""The Services that a grant extends to, and what is behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.objects import pods
from kpath.semantics.workload.endpoints import backends

READS = frozenset({"pods", "services"})


@memoised
def _served_in(model: Model) -> Mapping[str | None, Refs]:
    """The pods behind the Services of each namespace, and under `None` behind all of them."""
    return {space: _union(model, map(backends(model).__getitem__, each)) for space, each in _services(model).items()}


@memoised
def _services(model: Model) -> Mapping[str | None, tuple[Ref, ...]]:
    """The Services that have pods, by namespace, and under `None` all of them."""
    found: dict[str | None, list[Ref]] = {None: []}
    for service in sorted(backends(model)):
        found[None].append(service)
        found.setdefault(service.namespace, []).append(service)
    return {space: tuple(each) for space, each in found.items()}


def served(model: Model, grant: Grant) -> Refs:
    """The pods behind the Services that a grant on Services extends to."""
    if grant.names is None:
        return _served_in(model).get(grant.namespace) or model.names.refs(())
    chosen = (service for service in _services(model).get(grant.namespace, ()) if service.name in grant.names)
    return _union(model, (backends(model)[service] for service in chosen))


def _union(model: Model, found: Iterable[Refs]) -> Refs:
    every = [each.ids for each in found]
    return Refs(model.names, np.unique(np.concatenate(every)) if every else np.zeros(0, np.int32))


@memoised
def _traffic_in(model: Model) -> Mapping[str | None, Refs]:
    """The traffic to the Services of each namespace, and under `None` to all of them."""
    return {space: model.names.refs(map(traffic_to, each)) for space, each in _services(model).items()}


def traffic_to(service: Ref) -> Ref:
    """What it is to have the traffic to a Service."""
    return Ref(f"traffic/{service}")


def traffic(model: Model, grant: Grant) -> Refs:
    """The traffic to the Services that have some of the pods that a grant on pods extends to."""
    if grant.names is None:
        return _traffic_in(model).get(grant.namespace) or model.names.refs(())
    own = pods(model, grant)
    among = _services(model).get(grant.namespace, ())
    return model.names.refs(traffic_to(each) for each in among if len(own & backends(model)[each]))
