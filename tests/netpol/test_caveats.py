"""What is said beside the rows of a network: of its engines, of what they leave alone, of what is not read."""

from __future__ import annotations

from laws.snapshots import loaded
from questions import calico, given_, ingress, node, other, pod
from strategies.words import Json

from kpath.semantics.netpol.caveats import caveats
from kpath.semantics.netpol.engine import named

FIRST_SECONDS = "in vpc-cni's standard mode a pod is open in its first seconds, until its policies arrive"


OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "controller": True}


def said(documents: list[Json], *engines: str) -> list[str]:
    for each in documents:
        if each["metadata"].get("ownerReferences"):
            each["metadata"]["ownerReferences"] = [OWNER]
    return list(caveats(loaded(documents), [each for name in engines for each in named(name)]))


def test_nothing_is_said_of_a_cluster_without_policies() -> None:
    assert [] == said(given_(), "vpc-cni")


def test_policies_that_nothing_enforces_are_counted_by_kind() -> None:
    documents = given_(ingress(), calico(), calico("second"))

    assert ["enforced by nothing: 2 policies of kind gnp", "enforced by nothing: 1 policy of kind netpol"] == said(
        documents, "none"
    )
    assert "enforced by nothing: 2 policies of kind gnp" in said(documents, "vpc-cni")
    assert not any("enforced by nothing" in each for each in said(documents, "vpc-cni", "calico"))


def test_pods_that_no_policy_holds_are_counted_by_why() -> None:
    alone = pod("shop/alone")
    alone["metadata"]["ownerReferences"] = []
    windows = node("n3", "10.0.0.3", labels={"kubernetes.io/os": "windows"})
    documents = given_(
        ingress(), alone, pod("shop/far", nodeName="fargate-n9"), windows, pod("shop/win", nodeName="n3")
    )

    counted = "1 on the host's network, 1 without a controller, 1 on Fargate, 1 on Windows"
    assert f"pods that vpc-cni holds by no policy: {counted}" in said(documents, "vpc-cni")
    assert ["pods that generic holds by no policy: 1 on the host's network"] == said(documents, "generic")


def test_only_the_standard_mode_leaves_a_pods_first_seconds_open() -> None:
    assert FIRST_SECONDS in said(given_(ingress()), "vpc-cni")
    assert FIRST_SECONDS not in said(given_(ingress()), "vpc-cni-strict")


def test_more_ports_for_one_block_than_the_agent_has_room_for_are_told() -> None:
    block = [{"ipBlock": {"cidr": "198.51.100.0/24"}}]
    rules = [{"from": block, "ports": [{"port": number} for number in span]} for span in (range(1, 16), range(11, 26))]

    assert "netpol/shop/policy: 25 ports for one peer of ingress; vpc-cni enforces at most 24" in said(
        given_(ingress(*rules)), "vpc-cni"
    )
    rules[1]["ports"] = [{"port": number} for number in range(11, 25)]
    assert not any("ports for one peer" in each for each in said(given_(ingress(*rules)), "vpc-cni"))
    assert not any("ports for one peer" in each for each in said(given_(ingress(*rules)), "generic"))


def test_what_is_read_in_part_or_not_at_all_is_named() -> None:
    host = other("HostEndpoint", "n1", "projectcalico.org/v3", spec={"node": "n1", "interfaceName": "*"})
    multus = pod(
        "kube-system/multus", containers=[{"name": "m", "image": "ghcr.io/k8snetworkplumbingwg/multus-cni:v4"}]
    )

    of_hosts = (
        "of 1 HostEndpoint, fail-safe ports are taken to be Calico's defaults; what nodes forward is not evaluated"
    )
    assert of_hosts in said(given_(ingress(), host), "calico")
    assert of_hosts in said(given_(host), "calico")
    assert "Multus runs: vpc-cni does not watch the further interfaces of a pod" in said(
        given_(ingress(), multus), "vpc-cni"
    )
    assert any(
        each.startswith("Cilium's own policies are evaluated in part") for each in said(given_(ingress()), "cilium")
    )


def test_of_two_engines_it_is_said_what_that_means() -> None:
    assert "several engines run: a connection is let through if every one lets it through" in said(
        given_(ingress()), "calico", "vpc-cni"
    )
