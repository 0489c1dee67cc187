"""Asking only the pods that have something special about them finds every escape."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from snapshots import Json, loaded
from strategies import clusters

from kpath.semantics import workload
from kpath.semantics.workload.places import Place, Predicate, escapes

PREDICATES: tuple[Predicate, ...] = tuple(
    found
    for name in workload.__all__
    if getattr(found := getattr(workload, name), "__module__", "") == "kpath.semantics.workload.escapes"
)


@given(clusters())
def test_ordinary_pods_fulfil_no_escape(documents: list[Json]) -> None:
    model = loaded(documents)

    for predicate in PREDICATES:
        assert told(escapes(model, predicate, ordinary=True)) == told(escapes(model, predicate))


def told(places: Iterable[Place]) -> set[object]:
    return {(pod, each.node.ref, each.because, each.assumes) for each in places for pod in each.pods}


def test_every_escape_is_asked() -> None:
    assert len(PREDICATES) > 20
