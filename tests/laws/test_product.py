"""Hubs and classes are ways to store pairs, and change none."""

from __future__ import annotations

import copy

from hypothesis import given
from snapshots import Json, Pairs, derived_arrows, loaded, written_out
from strategies import clusters

from kpath.graph.build import Layout


@given(clusters())
def test_pairs_through_hubs_equal_pairs_written_out(documents: list[Json]) -> None:
    model = loaded(documents)
    expected = {rule: {in_order(*pair) for pair in pairs} for rule, pairs in written_out(model).items()}

    found = derived_arrows(model)
    layout = Layout(model.names, found)
    arrays = layout.arrays
    into: dict[int, set[int]] = {}
    out: dict[int, set[int]] = {}
    for tail, head, number in zip(arrays.tails.tolist(), arrays.heads.tolist(), arrays.arrow.tolist(), strict=True):
        if number < 0:
            (into if head >= arrays.refs else out).setdefault(max(head, tail), set()).add(min(head, tail))
    through: Pairs = {}
    for tail, head, number in zip(arrays.tails.tolist(), arrays.heads.tolist(), arrays.arrow.tolist(), strict=True):
        for source in into.get(tail, {tail}) if number >= 0 else ():
            for target in out.get(head, {head}):
                also = found[number].also if number >= 0 else ()
                start = " & ".join(model.names.ref(each) for each in (source, *also))
                through.setdefault(found[number].rule.id, set()).add(in_order(start, str(model.names.ref(target))))

    assert through == expected


def in_order(start: str, target: str) -> tuple[str, str]:
    """A pair with what is needed besides its source in one order."""
    source, *also = start.split(" & ")
    return " & ".join((source, *sorted(also))), target


@given(clusters())
def test_splitting_every_class_into_single_pods_changes_nothing(documents: list[Json]) -> None:
    split = copy.deepcopy(documents)
    for number, document in enumerate(split):
        if document.get("kind") == "Pod":
            document["metadata"].setdefault("labels", {})["number"] = str(number)
    # A policy about no pod at all, which yet asks each for its label.
    never = {"key": "number", "operator": "In", "values": ["never"]}
    selector = {"matchExpressions": [{"key": "number", "operator": "Exists"}, never]}
    for space in {each["metadata"].get("namespace") for each in split if each.get("kind") == "Pod"}:
        policy = {"podSelector": selector, "policyTypes": ["Ingress"]}
        split.append({"kind": "NetworkPolicy", "metadata": {"name": "split", "namespace": space}, "spec": policy})

    model = loaded(split)

    stored = [each for each in model.pods.classes if each.origin is None]
    assert all(len(model.pods.of([each])) == 1 for each in stored)
    assert written_out(model) == written_out(loaded(documents))
