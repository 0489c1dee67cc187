"""What was not collected never turns a path into a certain *no*."""

from __future__ import annotations

import json

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from snapshots import Json, folder, loaded
from strategies import clusters

import kpath
from kpath.errors import UsageError
from kpath.model.aws import ACCOUNT_DETAILS
from kpath.model.kinds import KINDS
from kpath.query.answers import NONE, PATH
from kpath.query.coverage import missing

GOALS = (
    "cluster-admin", "aws-admin", "node", "secret", "aws-bucket", "aws-secret", "aws-parameter", "aws-table",
    "aws-snapshot", "aws-key", "aws-repository",
)  # fmt: skip


@given(clusters(), st.data())
@settings(max_examples=60, phases=[Phase.explicit, Phase.generate])
def test_a_file_less_turns_no_path_into_a_certain_no(documents: list[Json], data: st.DataObject) -> None:
    """Leave out a whole kind, or one answer of the AWS CLI: what was reachable is so still, or cannot be told."""
    files = complete(documents)
    with folder(files) as path:
        graph = kpath.load(path)
    # Some instances have a role that no answer describes.
    assert {*missing(graph.model, source="internet")} <= {ACCOUNT_DETAILS}
    sources = [*[str(ref) for ref in graph.model.names.starting("pod/")][:3], "internet"]
    reached = {
        (source, goal) for source in sources for goal in GOALS if graph.paths(source, goal).report.verdict == PATH
    }

    for dropped in data.draw(st.lists(st.sampled_from(sorted(files)), max_size=6, unique=True)):
        with folder({name: text for name, text in files.items() if name != dropped}) as path:
            less = kpath.load(path)
        for source, goal in reached:
            assert verdict(less, source, goal) != NONE, (dropped, source, goal)


GATEWAY = "gateway.networking.k8s.io"
DEFINED = (
    {"kind": "CustomResourceDefinition", "metadata": {"name": f"gateways.{GATEWAY}"}, "spec": {"group": GATEWAY}},
    {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gateways.example.com"},
        "spec": {"group": "example.com"},
    },
)
FRONT = {"apiVersion": f"{GATEWAY}/v1", "kind": "Gateway", "metadata": {"name": "edge", "namespace": "shop"}}
OTHER = FRONT | {"apiVersion": "networking.istio.io/v1"}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([], set()),
        ([DEFINED[1], OTHER], set()),
        ([DEFINED[0]], {"gateways"}),
        # Without the definitions, any of the kinds may be there.
        (
            [FRONT],
            {each.plural for each in KINDS.values() if each.groups == (GATEWAY,)} | {"customresourcedefinitions"},
        ),
        ([FRONT, DEFINED[0]], {"gateways"}),
    ],
)
def test_what_lets_packets_in_has_to_be_collected(documents: list[Json], expected: set[str]) -> None:
    """For a question that starts outside: Services and Ingresses, and what the cluster has of the Gateway API."""
    model = loaded(documents)

    assert {*missing(model, source="internet")} - {*missing(model)} == {"services", "ingresses"} | expected
    assert not {*missing(model, source="pod/shop/web")} - {*missing(model)}


def verdict(graph: kpath.Graph, source: str, goal: str) -> str:
    """The answer, or that there is nobody of this name to ask for."""
    try:
        return graph.paths(source, goal).report.verdict
    except UsageError:
        return "unknown source"


def complete(documents: list[Json]) -> dict[str, str]:
    """A snapshot in which every kind was listed as a whole, a file for each, and for each answer of the AWS CLI."""
    found: list[tuple[str, Json]] = []
    for kind, each in KINDS.items():
        items = [document for document in documents if document.get("kind") == kind]
        found.append((each.plural, {"apiVersion": "v1", "kind": f"{kind}List", "items": items}))
    answers = [document for document in documents if "kind" not in document]
    entries = [answer["accessEntry"]["principalArn"] for answer in answers if "accessEntry" in answer]
    keys = {key for answer in answers for key in answer}
    for key, empty in (
        ("Reservations", {"Reservations": []}),
        ("RoleDetailList", {"RoleDetailList": [], "UserDetailList": [], "GroupDetailList": [], "Policies": []}),
        ("cluster", {"cluster": {"name": "shop", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop"}}),
        ("OpenIDConnectProviderList", {"OpenIDConnectProviderList": []}),
        # Whatever has a policy is listed as well.
        ("Buckets", {"Buckets": [{"Name": "logs"}]}),
        ("SecretList", {"SecretList": [{"ARN": each["ARN"]} for each in answers if "ResourcePolicy" in each]}),
    ):
        if key not in keys:
            answers.append(empty)
    answers.append({"accessEntries": entries})
    described = {answer["principalArn"] for answer in answers if "associatedAccessPolicies" in answer}
    answers += [
        {"clusterName": "shop", "principalArn": arn, "associatedAccessPolicies": []}
        for arn in dict.fromkeys(entries)
        if arn not in described
    ]
    found += [(f"aws-{number:02}-{min(answer)}", answer) for number, answer in enumerate(answers)]
    return {f"{name}.json": json.dumps(document, ensure_ascii=False) for name, document in found}
