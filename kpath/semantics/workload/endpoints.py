"""What serves a workload's ports: one endpoint for all pods of a controller, and which Services lead there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from kpath.evidence import Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.refs import Ref

READS = frozenset({"pods", "services"})


@memoised
def endpoints(model: Model) -> Mapping[Ref, Refs]:
    """Every endpoint with the pods that serve it: `endpoint/NAMESPACE/KIND/NAME`, after the controller or the pod."""
    groups: dict[Ref, list[int]] = {}
    for row, number in enumerate(_numbers(model).tolist()):
        groups.setdefault(model.names.ref(number), []).append(row)
    return {ref: Refs(model.names, np.array(rows, np.int32)) for ref, rows in sorted(groups.items())}


@memoised
def _numbers(model: Model) -> Ids:
    """For each pod the number of its endpoint."""
    by_owner = [model.names.number(_named(owner)) for owner in model.pods.owners]
    numbers = np.array([*by_owner, -1], np.int32)[model.pods.columns.owner]
    for row in np.flatnonzero(numbers < 0).tolist():
        numbers[row] = model.names.number(_named(model.names.ref(row)))
    return numbers


@memoised
def every(model: Model) -> Refs:
    """All endpoints."""
    return model.names.refs(endpoints(model))


@memoised
def by_namespace(model: Model) -> Mapping[str, Refs]:
    """The endpoints of each namespace that has some."""
    found: dict[str, list[Ref]] = {}
    for ref in endpoints(model):
        found.setdefault(ref.namespace, []).append(ref)
    return {namespace: model.names.refs(refs) for namespace, refs in found.items()}


def _named(workload: Ref) -> Ref:
    return Ref(f"endpoint/{workload.namespace}/{workload.kind}/{workload.name}")


def endpoints_of(model: Model, pods: Refs) -> Refs:
    """The endpoints that some pods serve."""
    return Refs(model.names, np.unique(_numbers(model)[pods.ids]))


def serving(model: Model, namespace: str, selector: Mapping[str, str]) -> Refs:
    """The pods of a namespace that have all of some labels; an empty selector selects none."""
    return model.pods.of(_serving(model, namespace, selector))


def _serving(model: Model, namespace: str, selector: Mapping[str, str]) -> Iterator[PodClass]:
    for each in _by_namespace(model).get(namespace, ()) if selector else ():
        labels = dict(each.labels)
        if all(labels.get(key) == value for key, value in selector.items()):
            yield each


@memoised
def _by_namespace(model: Model) -> Mapping[str, tuple[PodClass, ...]]:
    found: dict[str, list[PodClass]] = {}
    for each in model.pods.classes:
        found.setdefault(each.namespace, []).append(each)
    return {namespace: tuple(classes) for namespace, classes in found.items()}


@memoised
def backends(model: Model) -> Mapping[Ref, Refs]:
    """The pods behind each Service that selects some."""
    found = {
        ref: serving(model, ref.namespace, service.spec.selector or {})
        for ref, service in model.services.items()
        if service.spec.type != "ExternalName"
    }
    return {ref: pods for ref, pods in found.items() if len(pods)}


def selector_fact(model: Model, service: Ref) -> Evidence:
    """The field by which a Service has its pods."""
    selector = model.services[service].spec.selector
    return (Fact(service, "/spec/selector", msgspec.json.encode(selector).decode()),)
