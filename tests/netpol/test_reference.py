"""The reference evaluator itself, held to rows of the specification's tables."""

from __future__ import annotations

import ast
from pathlib import Path

import generated
import pytest
from hypothesis import given
from hypothesis import strategies as st
from questions import (
    AGENT,
    API,
    DB,
    EVERYONE,
    METADATA,
    NODE,
    OTHER_NODE,
    OUTSIDE,
    WEB,
    ask,
    egress,
    given_,
    ingress,
    node,
    other,
    pod,
    policy,
)
from reference import ENGINES, verdict
from strategies.words import Json

NETWORK_POLICIES = {
    "NP-01 no policy": ([], f"{WEB} {METADATA} TCP 80", "allowed"),
    "NP-02 ingress is the default": ([policy()], f"{API} {WEB} TCP 80", "denied"),
    "NP-02 and egress is not": ([policy()], f"{WEB} {API} TCP 80", "allowed"),
    "NP-03 an egress rule isolates both": ([policy(egress=[{}])], f"{API} {WEB} TCP 80", "denied"),
    "NP-04 an empty list is no rule": ([policy(egress=[])], f"{WEB} {API} TCP 80", "allowed"),
    "NP-05 a section without its type": (
        [policy(policyTypes=["Egress"], ingress=[])],
        f"{API} {WEB} TCP 80",
        "allowed",
    ),
    "NP-09 an empty port is TCP": ([ingress({"ports": [{}]})], f"{API} {WEB} UDP 80", "denied"),
    "NP-11 ends are inclusive": ([ingress({"ports": [{"port": 80, "endPort": 90}]})], f"{API} {WEB} TCP 90", "allowed"),
    "NP-13 own namespace": ([ingress({"from": [EVERYONE]})], f"{API} {DB} TCP 80", "denied"),
    "NP-14 no outside address": ([egress({"to": [{"namespaceSelector": {}}]})], f"{WEB} {OUTSIDE} TCP 80", "denied"),
    "NP-28 all but the metadata": (
        [egress({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [f"{METADATA}/32"]}}]})],
        f"{WEB} {METADATA} TCP 80",
        "denied",
    ),
    "NP-34 the own node": ([ingress()], f"{NODE} {WEB} TCP 80", "allowed"),
    "NP-34 another node": ([ingress()], f"{OTHER_NODE} {WEB} TCP 80", "denied"),
    "NP-36 hostNetwork by address": (
        [ingress({"from": [{"ipBlock": {"cidr": "10.0.0.2/32"}}]})],
        f"{AGENT} {WEB} TCP 80",
        "allowed",
    ),
    "NP-52 a pod to itself": ([policy(policyTypes=["Ingress", "Egress"])], f"{WEB} {WEB} TCP 80", "allowed"),
    "NP-58 a refused peer": ([ingress({"from": [{}]})], f"{API} {WEB} TCP 80", "possible"),
    "NP-58 keeps the isolation": ([ingress({"from": [{}], "ports": [{"port": 80}]})], f"{API} {WEB} TCP 81", "denied"),
}


@pytest.mark.parametrize(("documents", "question", "expected"), NETWORK_POLICIES.values(), ids=NETWORK_POLICIES)
def test_network_policies_mean_what_their_rows_say(documents: list[Json], question: str, expected: str) -> None:
    assert ask(given_(*documents), question) == expected


def test_a_block_matches_pods_by_address_only_where_the_plugin_does() -> None:
    """NP-32, NP-33, NP-47."""
    documents = given_(ingress({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}))

    engines = ("generic", "cilium", "vpc-cni", "calico")

    assert ["denied", "denied", "allowed", "allowed"] == [
        ask(documents, f"{API} {WEB} TCP 80", each) for each in engines
    ]
    assert ["allowed", "denied", "allowed", "allowed"] == [
        ask(documents, f"{OTHER_NODE} {WEB} TCP 80", each) for each in engines
    ]


def test_a_block_and_a_pod_of_unknown_address_leave_the_answer_open() -> None:
    documents = given_(pod(API, nodeName="n2"), ingress({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}))

    assert "possible" == ask(documents, f"{API} {WEB} TCP 80", "calico")
    assert "denied" == ask(documents, f"{API} {WEB} TCP 80", "generic")


def test_a_label_of_a_namespace_without_a_document_is_unknown_but_not_its_name() -> None:
    """NP-20."""
    peer, name = {"matchLabels": {"team": "a"}}, {"matchLabels": {"kubernetes.io/metadata.name": "dev"}}
    documents = given_(pod("dev/job", "10.0.1.9"), ingress({"from": [{"namespaceSelector": peer}]}))
    by_name = given_(pod("dev/job", "10.0.1.9"), ingress({"from": [{"namespaceSelector": name}]}))

    assert "possible" == ask(documents, f"dev/job {WEB} TCP 80")
    assert "allowed" == ask(by_name, f"dev/job {WEB} TCP 80")


def test_a_selector_opens_the_address_of_a_hostnetwork_pod_for_the_vpc_cni_alone() -> None:
    """NP-36, NP-37."""
    documents = given_(ingress({"from": [{"namespaceSelector": {}}]}))

    assert ["denied", "allowed", "allowed"] == [
        ask(documents, f"{AGENT} {WEB} TCP 80", "generic"),
        ask(documents, f"{AGENT} {WEB} TCP 80", "vpc-cni"),
        ask(documents, f"{OTHER_NODE} {WEB} TCP 80", "vpc-cni"),
    ]


def test_a_name_of_a_port_is_each_pods_own_save_for_the_vpc_cni() -> None:
    """NP-23, NP-53."""
    ports = [{"name": "http", "containerPort": 80}], [{"name": "http", "containerPort": 81}]
    pods = [
        pod(name, address, each) for name, address, each in zip((WEB, DB), ("10.0.1.1", "10.0.1.2"), ports, strict=True)
    ]
    documents = given_(*pods, ingress({"ports": [{"port": "http"}]}))

    assert "denied" == ask(documents, f"{API} {WEB} TCP 81")
    assert "allowed" == ask(documents, f"{API} {WEB} TCP 81", "vpc-cni")


def test_a_name_of_a_port_on_the_way_out_is_no_address_and_nothing_at_all_for_the_vpc_cni() -> None:
    """NP-26, NP-54."""
    documents = given_(
        pod(API, "10.0.1.3", [{"name": "http", "containerPort": 80}]), egress({"ports": [{"port": "http"}]})
    )

    assert "allowed" == ask(documents, f"{WEB} {API} TCP 80")
    assert "denied" == ask(documents, f"{WEB} {OUTSIDE} TCP 80")
    assert "denied" == ask(documents, f"{WEB} {API} TCP 80", "vpc-cni")


@pytest.mark.parametrize(
    "changed",
    [
        {"metadata": {"name": "web", "namespace": "shop"}},
        {"spec": {"nodeName": "fargate-n3", "containers": []}},
        {"spec": {"nodeName": "win", "containers": []}},
        {"spec": {"nodeName": "n1", "hostNetwork": True, "containers": []}},
    ],
    ids=["NP-41", "NP-55", "NP-56", "NP-35"],
)
def test_what_the_vpc_cni_does_not_cover_is_open_at_its_own_end_only(changed: Json) -> None:
    windows = node("win", "10.0.0.3", labels={"kubernetes.io/os": "windows"})
    documents = given_(pod(WEB, "10.0.1.1") | changed, windows, policy(policyTypes=["Ingress", "Egress"]))

    assert "allowed" == ask(documents, f"{WEB} {METADATA} TCP 80", "vpc-cni")
    assert "denied" == ask(documents, f"{API} {DB} TCP 80", "vpc-cni")


def test_strict_closes_what_no_policy_selects_but_not_the_other_direction_of_one_that_does() -> None:
    """NP-42, NP-43."""
    assert "denied" == ask(given_(), f"{DB} {WEB} TCP 80", "vpc-cni-strict")
    assert "allowed" == ask(given_(egress({})), f"{DB} {WEB} TCP 80", "vpc-cni-strict")


def test_a_pod_that_has_ended_is_no_end_and_no_peer() -> None:
    """NP-38."""
    documents = given_(pod(WEB, "10.0.1.1") | {"status": {"phase": "Succeeded", "podIP": "10.0.1.1"}})

    assert {"denied"} == {ask(documents, f"{WEB} {OUTSIDE} TCP 80", engine) for engine in ENGINES}
    assert "allowed" == ask(documents, f"10.0.1.1 {DB} TCP 80")


@pytest.mark.parametrize("spoilt", [{"matchExpressions": [{"key": "app", "operator": "In"}]}, {"matchlabels": {}}])
def test_a_policy_that_would_be_refused_may_or_may_not_select(spoilt: Json) -> None:
    documents = given_(policy(podSelector=spoilt))

    assert "possible" == ask(documents, f"{API} {WEB} TCP 80")


@pytest.mark.parametrize(
    ("engine", "peer", "expected"),
    [
        ("generic", {"podSelector": {}}, "allowed"),
        ("vpc-cni", {"podSelector": {}}, "allowed"),
        ("vpc-cni", {"ipBlock": {"cidr": "10.0.1.0/24"}}, "denied"),
        ("calico", {"ipBlock": {"cidr": "10.0.1.0/24"}}, "allowed"),
    ],
)
def test_the_address_of_a_service_leads_to_the_pods_behind_it(engine: str, peer: Json, expected: str) -> None:
    """SVC-01, SVC-02."""
    spec = {"clusterIP": "10.100.0.9", "selector": {"app": "db"}, "ports": [{"port": 80, "targetPort": 8080}]}
    documents = given_(other("Service", "shop/db", spec=spec), egress({"to": [peer], "ports": [{"port": 8080}]}))

    assert ask(documents, f"{WEB} 10.100.0.9 TCP 80", engine) == expected


def test_the_reference_imports_nothing_of_kpath() -> None:
    trees = [ast.parse(path.read_text()) for path in Path(__file__).with_name("reference").glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]

    assert [] == [name for name in names if name.startswith("kpath")]


@given(st.data())
def test_any_cluster_gets_an_answer_whatever_the_order_of_its_documents(data: st.DataObject) -> None:
    documents = data.draw(generated.clusters())
    question = data.draw(generated.connections(documents))
    shuffled = data.draw(st.permutations(documents))

    for engine in ENGINES:
        assert verdict(documents, *question, engine) == verdict(shuffled, *question, engine)
