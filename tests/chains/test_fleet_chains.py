"""Several clusters and accounts in one snapshot: what leads from one to the other, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chain_clusters import (
    IAM,
    ISSUER,
    REGION,
    Json,
    account,
    aws_role,
    bound,
    cluster,
    entry,
    instance,
    node,
    pod,
    rule,
    thing,
)

import kpath
from kpath.errors import UsageError

OTHER_ISSUER = ISSUER.replace("3F1C", "77AB")
PARTNER = "arn:aws:iam::999988887777"
WEB = "pod/storefront:shop/web"


def role_of(where: str, issuer: str, subject: str) -> Json:
    """A role that a service account of a cluster takes, by the provider for it that the role's own account has."""
    trust = {
        "Principal": {"Federated": f"{where}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:sub": f"system:serviceaccount:{subject}"}},
    }
    return {**aws_role("data", trust), "Arn": f"{where}:role/data"}


def staging() -> list[Json]:
    """A second cluster, whose nodes' entries are of its own."""
    arn = f"arn:aws:eks:{REGION}:111122223333:cluster/staging"
    found = {"name": "staging", "arn": arn, "version": "1.31", "accessConfig": {"authenticationMode": "API"}}
    return [{"cluster": {**found, "identity": {"oidc": {"issuer": f"https://{OTHER_ISSUER}"}}}}]


def objects() -> list[Json]:
    return [node(), pod("web", account="web"), thing("ServiceAccount", "web", "shop"), thing("Namespace", "shop")]


def several(folder: Path, *answers: Json, storefront: list[Json], other: list[Json]) -> kpath.Graph:
    for name, found in (("storefront", storefront), ("staging", other)):
        (folder / "clusters" / name).mkdir(parents=True)
        (folder / "clusters" / name / "all.json").write_text(json.dumps({"kind": "List", "items": found}))
    for number, answer in enumerate((*answers, *cluster(), *staging())):
        (folder / f"answer-{number}.json").write_text(json.dumps(answer))
    return kpath.load(folder)


def test_a_role_in_another_account_is_taken_from_the_cluster_whose_issuer_it_trusts(tmp_path: Path) -> None:
    theirs = {**account(role_of(PARTNER, ISSUER, "shop:web")), "RoleDetailList": [role_of(PARTNER, ISSUER, "shop:web")]}
    provider = {"OpenIDConnectProviderList": [{"Arn": f"{PARTNER}:oidc-provider/{ISSUER}"}]}
    found = several(tmp_path, account(), theirs, provider, storefront=objects(), other=objects())
    taken = {(start, end) for id_, start, end in found.pairs() if id_ == "IRSA_ASSUME"}

    assert taken == {("token/storefront:shop/web/sts.amazonaws.com", f"{PARTNER}:role/data")}


def test_a_role_of_the_account_leads_from_one_cluster_into_the_other(tmp_path: Path) -> None:
    strong = aws_role("ops", {"Principal": {"AWS": f"{IAM}:role/eks-node"}, "Action": "sts:AssumeRole"})
    into = {**entry("ops", "STANDARD", "ops", [], "AmazonEKSClusterAdminPolicy")[0]["accessEntry"]}
    listed = entry("ops", "STANDARD", "ops", [], "AmazonEKSClusterAdminPolicy")[1]
    found = several(
        tmp_path,
        account(strong),
        instance("optional"),
        {"accessEntry": {**into, "clusterName": "staging"}},
        {**listed, "clusterName": "staging"},
        storefront=objects(),
        other=[each for each in objects() if each["kind"] != "Node"],
    )
    path = found.paths(WEB, "cluster-admin/staging")[0]

    assert [step.id for step in path.steps][:3] == ["IMDS_REACH", "IMDS_CRED", "STS_ASSUME_ROLE"]
    assert not found.paths(WEB, "cluster-admin/storefront")
    assert found.clusters == ("staging", "storefront")


def test_a_change_of_one_cluster_leaves_the_other(tmp_path: Path) -> None:
    held = [*objects(), *bound("all", "sa/shop/web", rule("get", "secrets"), namespace="shop")]
    secret = thing("Secret", "db", "shop", type="Opaque")
    found = several(tmp_path, account(), storefront=[*held, secret], other=[*held, secret])
    goals = [f"secret/{name}:shop/db" for name in ("staging", "storefront")]
    assert [bool(found.paths(f"sa/{name}:shop/web", f"secret/{name}:shop/db")) for name in found.clusters] == [True] * 2

    path = found.paths("sa/staging:shop/web", goals[0])[0]
    fix = next(each for each in found.fixes([path]) if each.mitigation == "M-RBAC-REMOVE")
    after = found.mitigate(fix)

    assert fix.at == "rolebinding/staging:shop/all"
    assert not after.paths("sa/staging:shop/web", goals[0])
    assert after.paths("sa/storefront:shop/web", goals[1])


def test_questions_about_one_cluster_need_its_name(tmp_path: Path) -> None:
    held = [*objects(), *bound("all", "sa/shop/web", rule("get", "secrets"), namespace="shop")]
    found = several(tmp_path, account(), storefront=held, other=objects())
    with pytest.raises(UsageError, match="name one with --cluster: staging, storefront"):
        found.who_can("get", "secrets", namespace="shop")

    asked = found.cluster("storefront").who_can("get", "secrets", namespace="shop")
    assert "sa/shop/web" in {each.subject for each in asked}
    assert "sa/shop/web" not in {each.subject for each in found.cluster("staging").who_can("get", "secrets")}


def test_why_not_names_what_stands_in_the_way_in_its_cluster(tmp_path: Path) -> None:
    found = several(tmp_path, account(), instance("required"), storefront=objects(), other=objects())
    answer = found.why_not(WEB, f"{IAM}:role/eks-node")
    assert {(each.id, each.source) for each in answer.blocked if each.id == "IMDS_REACH"} == {("IMDS_REACH", WEB)}


def test_one_folder_is_one_cluster(tmp_path: Path) -> None:
    (tmp_path / "clusters" / "storefront").mkdir(parents=True)
    (tmp_path / "clusters" / "storefront" / "all.json").write_text(json.dumps({"kind": "List", "items": objects()}))
    (tmp_path / "more.json").write_text(json.dumps(thing("Secret", "db", "shop", type="Opaque")))
    found = kpath.load(tmp_path)
    assert found.clusters == ()
    assert {"pod/shop/web", "secret/shop/db"} <= {*map(str, found.model.names.starting("pod/")), *found.model.secrets}


def test_of_two_described_clusters_the_nodes_tell_which_it_is(tmp_path: Path) -> None:
    labelled = node()
    labelled["metadata"]["labels"] = {"alpha.eksctl.io/cluster-name": "staging"}
    for number, each in enumerate(
        [labelled, pod("web"), *cluster(), *staging(), account(aws_role("ops", {"Principal": "*", "Action": "x"}))]
    ):
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    found = kpath.load(tmp_path)
    assert [ref.name for ref in found.model.clusters] == ["staging"]
    assert any("the cluster storefront were not collected" in each.what for each in found.model.diagnostics)
