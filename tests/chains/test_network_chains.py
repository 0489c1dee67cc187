"""The reference chains of the catalogue that turn on network policies."""

from __future__ import annotations

from pathlib import Path

import pytest
from chain_clusters import IMDS, NODE_ROLE, Json, account, cluster, graph, instance, pod, thing

import kpath

AGENT = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-network-policy-agent:v1.2"
OWNED = {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": True}]}
METADATA = "169.254.169.254/32"
WEB, EXPORTER = "pod/shop/web", "pod/monitoring/exporter"


def web() -> Json:
    """A pod with a controller: Amazon's plugin holds no other."""
    found = pod("web")
    found["metadata"].update(OWNED)
    return found


def agent(flag: str) -> Json:
    container = {"name": "aws-eks-nodeagent", "image": AGENT, "args": [f"--enable-network-policy={flag}"]}
    return pod("aws-node", "kube-system", hostNetwork=True, containers=[container])


def policy(name: str, **spec: object) -> Json:
    return thing("NetworkPolicy", name, "shop", spec={"podSelector": {}, **spec}) | {
        "apiVersion": "networking.k8s.io/v1"
    }


DENY = policy("deny", policyTypes=["Ingress", "Egress"])


def written(folder: Path, *objects: Json, flag: str = "true") -> kpath.Graph:
    exporter = pod("exporter", "monitoring", hostNetwork=True)
    return graph(folder, [web(), exporter, agent(flag), *objects], instance("optional", 1), account(), *cluster())


def reached(of: kpath.Graph, step: str, source: str = WEB) -> set[str]:
    return {str(target) for id_, start, target in of.pairs() if (id_, start) == (step, source)}


def test_2_a_policy_on_the_metadata_address_does_not_hold_the_hosts_network(tmp_path: Path) -> None:
    after = written(tmp_path).mitigate("M-NP-IMDS", at="ns/shop")

    assert reached(after, "IMDS_REACH") == set()
    assert reached(after, "IMDS_REACH", EXPORTER) == {IMDS}
    assert NODE_ROLE not in after.reach(WEB)
    assert NODE_ROLE in after.reach(EXPORTER)


@pytest.mark.parametrize("flag", ["true", "false"])
def test_9_policies_are_nothing_where_the_engine_is_off(tmp_path: Path, flag: str) -> None:
    """The way to the node's role as well; what is said beside the answers names them."""
    folders = tmp_path / "open", tmp_path / "denied"
    for folder in folders:
        folder.mkdir()
    before, after = written(folders[0], flag=flag), written(folders[1], DENY, flag=flag)

    is_same = reached(before, "POD_NET_REACH") == reached(after, "POD_NET_REACH")
    assert is_same == (flag == "false")
    assert (NODE_ROLE in after.reach(WEB)) == (flag == "false")
    assert any("enforced by nothing" in each for each in after.net().caveats) == (flag == "false")


def test_what_one_policy_excepts_another_lets_through(tmp_path: Path) -> None:
    but = policy(
        "but", policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [METADATA]}}]}]
    )
    http = policy("http", policyTypes=["Egress"], egress=[{"ports": [{"port": 80}]}])
    folders = tmp_path / "one", tmp_path / "both"
    for folder in folders:
        folder.mkdir()

    assert reached(written(folders[0], but), "IMDS_REACH") == set()
    assert reached(written(folders[1], but, http), "IMDS_REACH") == {IMDS}
