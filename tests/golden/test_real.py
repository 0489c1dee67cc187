"""Manifests of real projects: what kpath finds there, reviewed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import kpath

HERE = Path(__file__).parent
REAL = next(
    (each / "shared" / "data" / "real" for each in HERE.parents if (each / "shared" / "data" / "real").is_dir()), None
)
FOUND = yaml.safe_load((HERE / "real.yaml").read_text())

pytestmark = pytest.mark.skipif(
    REAL is None, reason="the real manifests, shared/data/real, are not beside the checkout"
)


@pytest.fixture(scope="module")
def graph() -> kpath.Graph:
    return kpath.load(str(REAL))


@pytest.mark.parametrize("entry", FOUND, ids=[f"{entry['from']} to {entry['to']}" for entry in FOUND])
def test_the_best_path_is_the_reviewed_one(graph: kpath.Graph, entry: dict[str, object]) -> None:
    found = [[step.id for step in path.steps] for path in graph.paths(source=str(entry["from"]), to=str(entry["to"]))]

    assert entry["because"]
    assert found == ([entry["steps"]] if entry["steps"] else [])


def test_every_pod_gets_an_answer_that_names_what_is_missing(graph: kpath.Graph) -> None:
    pods = [ref for ref in graph.model.names.starting("pod/")]

    assert 16 == len(pods)
    for pod in pods:
        report = graph.paths(source=pod).report

        assert report.verdict in ("path", "cannot tell")
        assert {"nodes", "iam get-account-authorization-details"} <= set(report.missing)
