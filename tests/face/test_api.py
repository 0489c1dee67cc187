"""The public face: names, immutability, and what notebooks show."""

from __future__ import annotations

from pathlib import Path

import pytest

import kpath
from kpath.mitigations import mitigations
from kpath.rules import rules

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph() -> kpath.Graph:
    return kpath.load(ROOT / "samples" / "storefront")


def test_all_names_are_there_and_sorted() -> None:
    assert sorted(kpath.__all__) == kpath.__all__
    assert all(hasattr(kpath, name) for name in kpath.__all__)


def test_paths_are_an_immutable_sorted_sequence(graph: kpath.Graph) -> None:
    paths = graph.paths(source="pod/shop/web")

    assert list(paths) == [paths[index] for index in range(len(paths))]
    assert repr(paths).startswith("<Paths: ")
    with pytest.raises(AttributeError):
        paths[0].source = kpath.Ref("pod/shop/other")  # type: ignore[misc]


def test_a_path_explains_itself_with_fields_and_files(graph: kpath.Graph) -> None:
    (path,) = graph.paths(source="pod/shop/web", to="aws-admin/111122223333")
    text = path.explain()

    assert "assumes  role/deploy" in text
    assert "/MetadataOptions/HttpPutResponseHopLimit" in text
    assert "ec2.describe-instances.json" in text


def test_a_notebook_gets_text_html_and_a_picture(graph: kpath.Graph) -> None:
    bundle = graph.paths(source="pod/shop/web")._repr_mimebundle_()

    assert {"text/plain", "text/html", "image/svg+xml"} == set(bundle)
    assert "<script" not in bundle["text/html"]


def test_pandas_and_networkx_are_windows(graph: kpath.Graph) -> None:
    paths = graph.paths(source="pod/shop/web")
    frame, network = paths.to_pandas(), paths.to_networkx()

    assert sum(len(path.steps) for path in paths) == len(frame)
    assert network.has_edge("pod/shop/web", paths[0].steps[0].target)
    assert graph.to_networkx().number_of_edges() == len(graph.pairs())


def test_rules_may_be_given_as_values() -> None:
    only = kpath.load(ROOT / "samples" / "storefront", rules=[rules()["IMDS_REACH"]])

    assert {"IMDS_REACH"} == {id_ for id_, _, _ in only.pairs()}


def test_what_a_step_says_breaks_it_is_a_mitigation_of_the_catalogue() -> None:
    """Names of mitigations that are still to come are allowed; a name must have the form of one."""
    for rule in rules().values():
        assert all(name.startswith("M-") and name.isascii() and name == name.upper() for name in rule.breaks)
    assert {"M-IMDS-HOP", "M-RBAC-REMOVE", "M-SA-AUTOMOUNT", "M-CTX-UNPRIVILEGED", "M-TRUST-EXACT"} <= set(
        mitigations()
    )


def test_every_shipped_query_can_be_asked(graph: kpath.Graph) -> None:
    from kpath.query.saved import queries

    assert 5 <= len(queries())
    for query in queries().values():
        assert graph.query(query).report.verdict in ("path", "no path")
