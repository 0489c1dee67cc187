"""A mitigation only ever takes away, and deriving after it equals deriving from what it leaves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from snapshots import Json, folder
from strategies import clusters

import kpath
from kpath.mitigations import mitigations


def files(documents: list[Json]) -> dict[str, str]:
    import json

    return {f"{number}.json": json.dumps(document, ensure_ascii=False) for number, document in enumerate(documents)}


@pytest.mark.parametrize("id_", list(mitigations()))
@given(documents=clusters())
@settings(max_examples=40)
def test_applied_everywhere_it_opens_nothing(id_: str, documents: list[Json]) -> None:
    with folder(files(documents)) as path:
        before = kpath.load(path)
        after = before.mitigate(id_)

    assert after.pairs() <= before.pairs()


@given(clusters())
@settings(max_examples=40)
def test_what_is_offered_as_a_fix_breaks_a_step_of_its_path(documents: list[Json]) -> None:
    with folder(files(documents)) as path:
        graph = kpath.load(path)
        pods = [str(ref) for ref in graph.model.names.starting("pod/")][:1]
        for pod in pods:
            for found in list(graph.paths(source=pod))[:2]:
                for fix in graph.fixes([found])[:3]:
                    left = graph.mitigate(fix).pairs()

                    assert any((step.id, step.source, step.target) not in left for step in found.steps), str(fix)
