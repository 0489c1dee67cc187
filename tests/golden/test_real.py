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
FLOWS = yaml.safe_load((HERE / "online_boutique.yaml").read_text())

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


def test_the_shop_has_the_connections_that_its_policies_name_and_no_other() -> None:
    found = kpath.load(str(REAL / "online-boutique"), rules=()).net(engine="generic").to_dicts()
    shown = [
        f"{each['source']} -> {each['destination']} {each['ports']}".replace("default/", "")
        for each in found if each["verdict"] == "allowed"
    ]  # fmt: skip

    assert len(FLOWS) == len(found)
    assert sorted(FLOWS) == sorted(shown)
    for each in found:
        ends = [each[end].removeprefix("default/") for end in ("source", "destination")]
        parts = [f"netpol/default/{end} {way}[0]" for end, way in zip(ends, ("egress", "ingress"), strict=True)]
        assert each["why"] == " → ".join(part for part, end in zip(parts, ends, strict=True) if "/" not in end)
