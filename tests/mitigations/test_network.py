"""The policies that mitigations write: what they close, what they keep open, and what goes around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kpath
from kpath.mitigations import mitigations

Json = dict[str, Any]

AGENT, ON = (
    "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-network-policy-agent:v1.2",
    "--enable-network-policy=true",
)
CALICO = "quay.io/calico/node:v3.30.0"
IMDS, METADATA = "imds/n1", "169.254.169.254/32"
NEEDS = {"M-GNP-IMDS": CALICO}
OFF = {"M-NP-ENGINE": "--enable-network-policy=false"}


def pod(name: str, node: str = "n1", *, owned: bool = True, **spec: Any) -> Json:
    space, _, own = name.partition("/")
    meta: Json = {"namespace": space, "name": own, "labels": {"app": own}}
    if owned:
        meta["ownerReferences"] = [{"kind": "ReplicaSet", "name": own, "controller": True}]
    spec = {"nodeName": node, "containers": [{"name": "app", "image": "example.com/app:1"}], **spec}
    address = f"10.0.9.{sum(name.encode()) % 256}"
    return {"kind": "Pod", "metadata": meta, "spec": spec, "status": {"phase": "Running", "podIP": address}}


def node(name: str, address: str) -> Json:
    addresses = [{"type": "InternalIP", "address": address}]
    return {"kind": "Node", "metadata": {"name": name}, "status": {"addresses": addresses}}


def policy(name: str, **spec: Any) -> Json:
    space, _, own = name.partition("/")
    meta = {"namespace": space, "name": own}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def engine(image: str = AGENT, *args: str) -> Json:
    container = {"name": "agent", "image": image, "args": list(args or [ON])}
    return pod("kube-system/agent", "n2", hostNetwork=True, containers=[container])


def graph(folder: Path, *documents: Json, image: str = AGENT, flag: str = ON) -> kpath.Graph:
    """A pod of `shop`, one of `ci`, one on the host's network, the resolver, and what enforces policies."""
    base = [
        node("n1", "10.0.0.1"), node("n2", "10.0.0.2"), pod("shop/web"), pod("ci/bot"),
        pod("shop/host", hostNetwork=True), pod("kube-system/dns", "n2"), engine(image, flag),
    ]  # fmt: skip
    for number, document in enumerate([*base, *documents]):
        (folder / f"{number}.json").write_text(json.dumps(document))
    return kpath.load(folder)


def block(cidr: str, *but: str) -> Json:
    return {"ipBlock": {"cidr": cidr} | ({"except": list(but)} if but else {})}


def reached(of: kpath.Graph, source: str, step: str) -> set[str]:
    return {str(target) for id_, start, target in of.pairs() if (id_, start) == (step, source)}


def made(of: kpath.Graph, id_: str, at: str) -> list[Json]:
    patch = of._everywhere(id_, at)
    return [json.loads(each.value) for each in patch.operations if each.op == "create"]


NETWORK = [id_ for id_ in mitigations() if id_.startswith(("M-NP-", "M-GNP-", "M-CNP-"))]


@pytest.mark.parametrize("id_", NETWORK)
def test_applied_everywhere_it_takes_steps_away_and_adds_none(tmp_path: Path, id_: str) -> None:
    before = graph(
        tmp_path, policy("ci/deny", podSelector={}, policyTypes=["Ingress"]),
        image=NEEDS.get(id_, AGENT), flag=OFF.get(id_, ON),
    )  # fmt: skip
    after = before.mitigate(id_)

    assert after.pairs() < before.pairs()


@pytest.mark.parametrize("id_", ["M-NP-DENY", "M-NP-IMDS", "M-CNP-ADMIN", "M-GNP-IMDS"])
def test_the_metadata_service_is_closed_to_pods_and_not_to_the_hosts_network(tmp_path: Path, id_: str) -> None:
    before = graph(tmp_path, image=NEEDS.get(id_, AGENT))
    after = before.mitigate(id_, at="ns/shop")

    assert reached(before, "pod/shop/web", "IMDS_REACH") == {IMDS}
    assert reached(after, "pod/shop/web", "IMDS_REACH") == set()
    assert reached(after, "pod/shop/host", "IMDS_REACH") == {IMDS}


def test_in_another_namespace_a_policy_of_one_closes_nothing(tmp_path: Path) -> None:
    after = graph(tmp_path).mitigate("M-NP-IMDS", at="ns/shop")

    assert reached(after, "pod/ci/bot", "IMDS_REACH") == {IMDS}


@pytest.mark.parametrize("id_", ["M-CNP-ADMIN", "M-GNP-IMDS"])
def test_one_of_the_cluster_closes_it_in_every_namespace(tmp_path: Path, id_: str) -> None:
    after = graph(tmp_path, image=NEEDS.get(id_, AGENT)).mitigate(id_, at="ns/shop")

    assert reached(after, "pod/ci/bot", "IMDS_REACH") == set()


def test_all_but_metadata_keeps_pods_and_the_internet_open(tmp_path: Path) -> None:
    before = graph(tmp_path)
    after = before.mitigate("M-NP-IMDS", at="ns/shop")

    assert reached(after, "pod/shop/web", "POD_NET_REACH") == reached(before, "pod/shop/web", "POD_NET_REACH")


OPEN = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 80}]}]}


def test_a_policy_beside_it_opens_it_again(tmp_path: Path) -> None:
    """The policy of a namespace does not override another, one of the cluster does."""
    folder, other = tmp_path / "a", tmp_path / "b"
    folder.mkdir(), other.mkdir()
    first = graph(folder, policy("shop/open", **OPEN), *made(graph(other), "M-NP-IMDS", "ns/shop"))

    assert reached(first, "pod/shop/web", "IMDS_REACH") == {IMDS}
    assert reached(first.mitigate("M-CNP-ADMIN"), "pod/shop/web", "IMDS_REACH") == set()


@pytest.mark.parametrize(
    ("rule", "to"),
    [
        ({"ports": [{"port": 80}]}, [{"namespaceSelector": {}}, block("0.0.0.0/0", METADATA)]),
        ({"to": [block("169.254.0.0/16")]}, [block("169.254.0.0/16", METADATA)]),
        (
            {"to": [{"podSelector": {}}, block("0.0.0.0/0", "10.0.0.0/8")]},
            [{"podSelector": {}}, block("0.0.0.0/0", "10.0.0.0/8", METADATA)],
        ),
    ],
)  # fmt: skip
def test_where_policies_hold_what_goes_out_their_rules_are_changed(tmp_path: Path, rule: Json, to: list[Json]) -> None:
    before = graph(tmp_path, policy("shop/some", podSelector={}, policyTypes=["Egress"], egress=[rule]))
    after = before.mitigate("M-NP-IMDS", at="netpol/shop/some")

    assert reached(before, "pod/shop/web", "IMDS_REACH") == {IMDS}
    assert reached(after, "pod/shop/web", "IMDS_REACH") == set()
    assert to == json.loads(before._everywhere("M-NP-IMDS", "netpol/shop/some").operations[0].value)


def test_no_policy_is_made_where_it_would_open_more_than_it_closes(tmp_path: Path) -> None:
    held = policy("shop/hold", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Egress"])

    with pytest.raises(kpath.UsageError, match="answers nothing at `ns/shop`"):
        graph(tmp_path, held).mitigate("M-NP-IMDS", at="ns/shop")


def test_deny_all_keeps_the_resolver_and_where_it_is_used_the_agent_open(tmp_path: Path) -> None:
    association = {
        "associationArn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop/a-1", "clusterName": "shop",
        "namespace": "shop", "serviceAccount": "web", "roleArn": "arn:aws:iam::111122223333:role/web",
    }  # fmt: skip
    before = graph(tmp_path, {"association": association})
    (shop,) = made(before, "M-NP-DENY", "ns/shop")
    (bots,) = made(before, "M-NP-DENY", "ns/ci")
    after = before.mitigate("M-NP-DENY", at="ns/shop")

    assert [each["ports"][0]["port"] for each in shop["spec"]["egress"]] == [53, 80]
    assert shop["spec"]["egress"][1]["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}]
    assert [each["ports"][0]["port"] for each in bots["spec"]["egress"]] == [53]
    assert "endpoint/kube-system/rs/dns" in reached(after, "pod/shop/web", "POD_NET_REACH")
    assert "endpoint/ci/rs/bot" not in reached(after, "pod/shop/web", "POD_NET_REACH")


def test_deny_all_leaves_a_pod_its_own_node(tmp_path: Path) -> None:
    after = graph(tmp_path).mitigate("M-NP-DENY", at="ns/shop")

    assert reached(after, "pod/shop/web", "KUBELET_REACH") == {"kubelet/n1"}


def test_an_engine_that_is_switched_on_holds_pods_to_their_policies(tmp_path: Path) -> None:
    deny = policy("shop/deny", podSelector={}, policyTypes=["Egress"])
    before = graph(tmp_path, deny, pod("shop/alone", owned=False), flag="--enable-network-policy=false")
    after = before.mitigate("M-NP-ENGINE")

    assert reached(before, "pod/shop/web", "IMDS_REACH") == {IMDS}
    assert reached(after, "pod/shop/web", "IMDS_REACH") == set()
    assert reached(after, "pod/shop/alone", "IMDS_REACH") == {IMDS}


def test_so_does_auto_mode_by_its_setting(tmp_path: Path) -> None:
    auto = {"kind": "Node", "metadata": {"name": "n1", "labels": {"eks.amazonaws.com/compute-type": "auto"}}}
    meta = {"namespace": "kube-system", "name": "amazon-vpc-cni"}
    setting = {"kind": "ConfigMap", "metadata": meta, "data": {"enable-network-policy-controller": "false"}}
    for number, each in enumerate(
        [auto, pod("shop/web"), pod("shop/db"), setting, policy("shop/deny", podSelector={})]
    ):
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    before = kpath.load(tmp_path)
    after = before.mitigate("M-NP-ENGINE")

    assert reached(before, "pod/shop/web", "POD_NET_REACH") == {
        "apiserver",
        "endpoint/shop/rs/web",
        "endpoint/shop/rs/db",
    }
    assert reached(after, "pod/shop/web", "POD_NET_REACH") == {"apiserver"}
