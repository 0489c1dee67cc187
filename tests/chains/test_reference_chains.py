"""The reference chains of the catalogue that need no NetworkPolicy, each on the smallest cluster that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from chain_clusters import (
    ADMIN,
    IAM,
    IMDS,
    NODE,
    NODE_ROLE,
    NODE_USER,
    STS,
    Json,
    account,
    aws_role,
    bound,
    cluster,
    entry,
    graph,
    ids,
    instance,
    irsa,
    node,
    pod,
    rule,
    thing,
)

import kpath

WEB, RUNNER = "pod/shop/web", "sa/ci/runner"
RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("tokens", "hops", "open_"),
    [
        ("optional", 1, True),
        ("required", 1, False),
        ("optional", 2, True),
        ("required", 2, True),
        ("required", 3, True),
    ],
)
def test_1_either_setting_alone_leaves_the_metadata_open(tmp_path: Path, tokens: str, hops: int, open_: bool) -> None:
    found = graph(tmp_path, [pod("web")], instance(tokens, hops), account(), *cluster())
    assert (("IMDS_REACH", WEB, IMDS) in found.pairs()) is open_
    assert (NODE_ROLE in found.reach(WEB)) is open_


def test_1_an_endpoint_that_is_off_answers_nobody(tmp_path: Path) -> None:
    objects = [pod("web"), pod("exporter", hostNetwork=True)]
    found = graph(tmp_path, objects, instance("optional", 2, "disabled"), account(), *cluster())
    assert NODE_ROLE not in found.reach(WEB)
    assert NODE_ROLE not in found.reach("pod/shop/exporter")


def test_1_a_role_of_its_own_does_not_close_a_pods_way_to_the_metadata(tmp_path: Path) -> None:
    source = {"serviceAccountToken": {"audience": STS, "path": "token"}}
    volume = {"name": "aws-iam-token", "projected": {"sources": [source]}}
    mount = {"name": "aws-iam-token", "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount"}
    web = pod("web", volumes=[volume], mounts=[mount])
    own = aws_role("own", irsa("StringEquals", "shop:default"))
    found = graph(tmp_path, [web], instance("required", 2), account(own), *cluster())
    assert {f"{IAM}:role/own", NODE_ROLE} <= set(found.reach(WEB))


def test_2_required_tokens_and_one_hop_stop_pods_but_those_on_the_hosts_network(tmp_path: Path) -> None:
    objects = [pod("web"), pod("exporter", "monitoring", hostNetwork=True)]
    found = graph(tmp_path, objects, instance("required", 1), account(), *cluster())
    assert {source for id_, source, _ in found.pairs() if id_ == "IMDS_REACH"} == {"pod/monitoring/exporter"}


def _with_controller(folder: Path, version: str, *, token: bool) -> tuple[str, ...]:
    objects = [
        node(kubelet=f"v{version}.0-eks-473151a"),
        pod("web"),
        pod("controller", "ops", "controller", token=token),
        thing("ServiceAccount", "controller", "ops"),
        *bound("anything", "sa/ops/controller", ADMIN),
    ]
    found = graph(folder, objects, instance("required", 2), account(), *cluster(version=version))
    return tuple(step.id for path in found.paths(WEB, "cluster-admin") for step in path.steps)


def test_3_metadata_node_token_and_cluster_admin_without_an_escape(tmp_path: Path) -> None:
    expected = ("IMDS_REACH", "IMDS_CRED", "NODE_IDENTITY", "NODE_TOKEN_REQUEST", "CLUSTER_ADMIN_EQUIV")
    assert _with_controller(tmp_path, "1.31", token=True) == expected


def test_3_before_1_33_a_node_needs_no_token_in_the_pod(tmp_path: Path) -> None:
    assert "NODE_TOKEN_REQUEST" in _with_controller(tmp_path, "1.32", token=False)


def test_3_from_1_33_on_a_pod_without_a_token_is_safe(tmp_path: Path) -> None:
    assert _with_controller(tmp_path, "1.33", token=False) == ()


def test_4_names_never_match_the_creation_of_a_pod(tmp_path: Path) -> None:
    named = bound("named", RUNNER, rule("create", "pods", names="job"), namespace="ci")
    other = bound("unnamed", "sa/ci/other", rule("create", "pods"), namespace="ci")
    found = graph(tmp_path, [*named, *other])
    assert not ids(found, RUNNER) & {"POD_CREATE", "POD_CREATE_SA"}
    assert ids(found, "sa/ci/other") >= {"POD_CREATE", "POD_CREATE_SA"}


def test_4_escalate_on_cluster_roles_through_a_role_binding_is_inert(tmp_path: Path) -> None:
    rules = rule("escalate update patch", "clusterroles", RBAC)
    bindings = bound("widen", RUNNER, rules, namespace="ci", role_kind="ClusterRole")
    everywhere = bound("widen-all", "sa/ci/other", rules)
    found = graph(tmp_path, [*bindings, *everywhere])
    assert "ROLE_ESCALATE" not in ids(found, RUNNER)
    assert "ROLE_ESCALATE" in ids(found, "sa/ci/other", "cluster-admin")


def test_4_relabelling_a_namespace_lets_in_the_pod_that_it_forbade(tmp_path: Path) -> None:
    level = {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    objects = [
        thing("Namespace", "ci", metadata=level),
        *bound("labels", "user/labels", rule("patch", "namespaces"), namespace="ci"),
        *bound("pods", "user/other", rule("create", "pods"), namespace="ci"),
        *bound("both", "user/strong", rule("patch", "namespaces"), rule("create", "pods"), namespace="ci"),
    ]
    found = graph(tmp_path, objects)
    relabelled = "change/NS_LABEL_EDIT/ns/ci"

    assert relabelled in found.reach("user/labels")
    assert f"node/{NODE}" not in {*found.reach("user/labels"), *found.reach("user/other")}
    assert f"node/{NODE}" in found.reach("user/strong")
    blocked = found.why_not("user/other", "node").blocked
    assert {each.lacks for each in blocked if each.id == "POD_CREATE" and each.lacks} == {(relabelled,)}
    path = found.paths("user/strong", "node")[0]
    assert [(step.id, step.target) for step in path.steps[-1].also[0].steps] == [("NS_LABEL_EDIT", relabelled)]


def _root(folder: Path, mount: Json) -> set[str]:
    volume = {"name": "host", "hostPath": {"path": "/"}}
    web = pod(
        "web", token=False, security={"runAsUser": 0}, volumes=[volume],
        mounts=[{"name": "host", "mountPath": "/host", **mount}],
    )  # fmt: skip
    found = graph(folder, [web, pod("other", "ops", "other")])
    assert "sa/ops/other" in found.reach(WEB)
    return ids(found, WEB) & {
        "EXPLOIT_HOST_READ", "EXPLOIT_HOST_WRITE", "EXPLOIT_HOST_TRAVERSE", "EXPLOIT_CONTAINERD_SOCK",
        "CE_UMH_CORE_PATTERN",
    }  # fmt: skip


READS = {"EXPLOIT_HOST_READ", "EXPLOIT_HOST_TRAVERSE", "EXPLOIT_CONTAINERD_SOCK"}


def test_5_a_read_only_root_leaves_what_is_mounted_below_it_writable(tmp_path: Path) -> None:
    assert _root(tmp_path, {"readOnly": True}) == READS | {"EXPLOIT_HOST_WRITE", "CE_UMH_CORE_PATTERN"}


def test_5_a_recursively_read_only_root_leaves_reading_and_sockets(tmp_path: Path) -> None:
    assert _root(tmp_path, {"readOnly": True, "recursiveReadOnly": "Enabled"}) == READS


KUBE2IAM = ["--iptables", "--host-interface=eni+", f"--base-role-arn={IAM}:role/"]
POD_CREATOR = bound("pods", "user/dev", rule("create", "pods"), namespace="ci")
APP = f"{IAM}:role/app"


def _intercepted(folder: Path, *objects: Json, args: tuple[str, ...] = ()) -> kpath.Graph:
    """A cluster with kube2iam, and a role that trusts the node."""
    interceptor = pod("kube2iam", "kube-system", hostNetwork=True)
    interceptor["spec"]["containers"][0] |= {"image": "jtblin/kube2iam:0.11.2", "args": [*KUBE2IAM, *args]}
    plugin = pod("aws-node", "kube-system", hostNetwork=True)
    plugin["spec"]["containers"][0]["image"] = "amazon-k8s-cni:v1.19"
    app = aws_role("app", {"Principal": {"AWS": NODE_ROLE}, "Action": "sts:AssumeRole"})
    return graph(folder, [pod("web"), interceptor, plugin, *objects], instance("optional"), account(app), *cluster())


def test_6_without_restrictions_every_maker_of_pods_has_every_role_that_trusts_the_node(tmp_path: Path) -> None:
    found = _intercepted(tmp_path, *POD_CREATOR)
    assert "KUBE2IAM_ROLE" in ids(found, "user/dev", APP)
    assert "IMDS_REACH" not in ids(found, WEB)
    assert not {APP, NODE_ROLE} & set(found.reach(WEB))
    assert {"IMDS_REACH", "KUBE2IAM_BYPASS"} <= ids(found, "pod/kube-system/kube2iam", IMDS)
    assert "KUBE2IAM_NODE_ASSUME" in ids(found, NODE_ROLE, APP)


def test_6_with_restrictions_the_namespace_has_to_be_changed_first(tmp_path: Path) -> None:
    editor = bound("both", "user/strong", rule("patch", "namespaces"), rule("create", "pods"), namespace="ci")
    found = _intercepted(tmp_path, *POD_CREATOR, *editor, args=("--namespace-restrictions",))
    changed = "change/KUBE2IAM_NS_EDIT/ns/ci"
    assert changed in found.reach("user/strong")
    assert "KUBE2IAM_ROLE" not in {path.steps[-1].id for path in found.paths("user/dev", APP)}
    path = next(each for each in found.paths("user/strong", APP) if each.steps[-1].id == "KUBE2IAM_ROLE")
    assert [(step.id, step.target) for step in path.steps[-1].also[0].steps] == [("KUBE2IAM_NS_EDIT", changed)]


def test_6_a_namespace_that_allows_the_role_needs_no_change(tmp_path: Path) -> None:
    allowed = {"annotations": {"iam.amazonaws.com/allowed-roles": '["app"]'}}
    ci = thing("Namespace", "ci", metadata=allowed)
    found = _intercepted(tmp_path, ci, *POD_CREATOR, args=("--namespace-restrictions",))
    assert "KUBE2IAM_ROLE" in ids(found, "user/dev", APP)


@pytest.mark.parametrize(("operator", "reached"), [("StringLike", True), ("StringEquals", False)])
def test_7_a_trust_with_a_wildcard_goes_to_whoever_mints_tokens_there(
    tmp_path: Path, operator: str, reached: bool
) -> None:
    rules = [rule("create", "serviceaccounts"), rule("create", "serviceaccounts/token")]
    objects = [*bound("mint", RUNNER, *rules, namespace="apps"), thing("ServiceAccount", "runner", "ci")]
    wide = aws_role("wide", irsa(operator, "apps:*"))
    found = graph(tmp_path, objects, instance(), account(wide), *cluster())
    assert (f"{IAM}:role/wide" in found.reach(RUNNER)) is reached


def test_7_tokens_of_another_namespace_do_not_match(tmp_path: Path) -> None:
    objects = bound("mint", RUNNER, rule("create", "serviceaccounts/token"), namespace="ci")
    wide = aws_role("wide", irsa("StringLike", "apps:*"))
    found = graph(tmp_path, [*objects, thing("Namespace", "apps")], instance(), account(wide), *cluster())
    assert f"{IAM}:role/wide" not in found.reach(RUNNER)


def test_8_an_access_policy_writes_bindings_and_cannot_pass_the_escalation_check(tmp_path: Path) -> None:
    operator = entry("operator", "STANDARD", "operator", [], "AmazonEKSAdminPolicy", namespace="shop")
    role = aws_role("operator", {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    objects = [pod("web"), thing("ServiceAccount", "payments", "shop")]
    found = graph(tmp_path, objects, instance(), account(role), *cluster(), *operator)
    assert "user/operator" in found.reach(f"{IAM}:role/operator")
    assert "ROLE_BIND" not in ids(found, "user/operator")
    assert {"POD_CREATE_SA", "IDENTITY_IMPERSONATE"} <= ids(found, "user/operator", "sa/shop/payments")
    assert "cluster-admin" not in found.reach("user/operator", assume="proven")


@pytest.mark.parametrize(("mode", "open_"), [("API", False), ("API_AND_CONFIG_MAP", True), ("CONFIG_MAP", True)])
def test_10_who_writes_aws_auth_is_cluster_admin_where_it_is_read(tmp_path: Path, mode: str, open_: bool) -> None:
    writer = bound("mapper", RUNNER, rule("get update", "configmaps", names="aws-auth"), namespace="kube-system")
    found = graph(tmp_path, writer, instance(), account(), *cluster(mode))
    assert (("AWS_AUTH_EDIT", RUNNER, "cluster-admin") in found.pairs()) is open_


@pytest.mark.parametrize(("mode", "open_"), [("API", False), ("API_AND_CONFIG_MAP", True), ("CONFIG_MAP", True)])
def test_10_what_aws_auth_says_counts_where_it_is_read(tmp_path: Path, mode: str, open_: bool) -> None:
    mapped = f"- rolearn: {IAM}:role/jenkins\n  username: jenkins\n  groups:\n  - system:masters\n"
    config = thing("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": mapped})
    jenkins = aws_role("jenkins", {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    found = graph(tmp_path, [config, pod("web")], instance(), account(jenkins), *cluster(mode))
    assert ("cluster-admin" in found.reach(f"{IAM}:role/jenkins")) is open_


@pytest.mark.parametrize(
    ("policy", "reached"),
    [
        ({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"{IAM}:role/*"}, True),
        ({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"{IAM}:role/other"}, False),
        ({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": f"{IAM}:role/*"}, False),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, False),
    ],
)
def test_a_trust_of_the_account_asks_for_a_policy_of_the_callers(tmp_path: Path, policy: Json, reached: bool) -> None:
    caller = aws_role("caller", {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, policy)
    root = aws_role("deploy", {"Principal": {"AWS": f"{IAM}:root"}, "Action": "sts:AssumeRole"})
    found = graph(tmp_path, [pod("web")], instance(), account(caller, root), *cluster())
    assert (f"{IAM}:role/deploy" in found.reach(f"{IAM}:role/caller")) is reached


def test_a_node_is_itself_and_no_other_to_the_api_server(tmp_path: Path) -> None:
    other = {**node(), "metadata": {"name": "ip-10-0-2-7.eu-west-1.compute.internal"}, "spec": {}}
    found = graph(tmp_path, [pod("web"), node(), other], instance("optional", 1), account(), *cluster())
    reached = found.reach(WEB)
    assert NODE_USER in reached
    assert f"user/system:node:{other['metadata']['name']}" not in reached
    assert f"node/{NODE}" not in reached
