"""A mitigation only ever takes away, and deriving after it equals deriving from what it leaves."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from snapshots import Json, folder
from strategies import clusters

import kpath
from kpath.mitigations import mitigations
from kpath.refs import Ref


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

    assert kept(after.pairs()) <= kept(before.pairs())


def kept(pairs: Iterable[tuple[str, Ref, Ref]]) -> set[tuple[str, Ref, Ref]]:
    """The steps that no restriction of another may open.

    A process that has given up capabilities is open to those who have as many: who restricts one container may open
    it to a neighbour that sees its processes.
    """
    return {each for each in pairs if each[0] not in ("HOSTPID_PEER_PROC", "SHARE_PS_NAMESPACE")}


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

                    assert any((step.id, step.source, step.target) not in left for _, step in found.chain()), str(fix)
