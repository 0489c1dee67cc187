"""Where other tools see a path that is none, or none where there is one: each a case of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chain_clusters import NODE, STS, Json, bound, graph, ids, pod, rule, thing

import kpath

RBAC = "rbac.authorization.k8s.io"
BOT, OTHER = "sa/shop/bot", "sa/ops/other"
ON_NODE = f"node/{NODE}"
TOKEN = "kubernetes.io/service-account-token"


def holder(*rules: Json, namespace: str | None = "shop", subject: str = BOT) -> list[Json]:
    return bound("rights", subject, *rules, namespace=namespace)


def test_a_role_binding_may_name_an_account_of_another_namespace(tmp_path: Path) -> None:
    objects = [pod("web"), *holder(rule("create", "pods/exec"), subject=OTHER)]

    assert ids(graph(tmp_path, objects), OTHER, "pod/shop/web") == {"POD_EXEC"}


@pytest.mark.parametrize(
    ("resource", "group", "makes"),
    [
        ("deployments", "apps", True), ("cronjobs", "batch", True), ("jobs", "batch", True),
        ("deployments", "", False), ("jobs", "apps", False), ("cronjobs", "", False),
    ],
)  # fmt: skip
def test_the_group_of_a_workload_has_to_be_right(tmp_path: Path, resource: str, group: str, makes: bool) -> None:
    found = graph(tmp_path, holder(rule("create", resource, group)))

    assert ("WORKLOAD_WRITE" in ids(found, BOT)) is makes


def test_bind_reaches_roles_that_nobody_is_bound_to(tmp_path: Path) -> None:
    unused = thing("ClusterRole", "break-glass", rules=[rule("get", "secrets")])
    rights = [rule("create", "rolebindings", RBAC), rule("bind", "clusterroles", RBAC, "break-glass")]
    found = graph(tmp_path, [unused, *holder(*rights)])

    assert ids(found, BOT, "grant/shop/clusterrole/break-glass") == {"ROLE_BIND"}


@pytest.mark.parametrize(
    ("kind", "names", "target"),
    [
        ("roles", "", "grant/shop/role/shop/own"), ("clusterroles", "", "grant/shop/clusterrole/wide"),
        ("clusterroles", "wide", "grant/shop/clusterrole/wide"), ("roles", "other", ""), ("clusterroles", "own", ""),
    ],
)  # fmt: skip
def test_bind_on_roles_is_none_on_cluster_roles_and_names_count(
    tmp_path: Path, kind: str, names: str, target: str
) -> None:
    roles = [
        thing("Role", "own", "shop", rules=[rule("get", "secrets")]),
        thing("ClusterRole", "wide", rules=[rule("list", "secrets")]),
        *(thing("ClusterRole", name, rules=[]) for name in ("cluster-admin", "admin", "edit", "view")),
    ]
    rights = [rule("create", "rolebindings", RBAC), rule("bind", kind, RBAC, names)]
    found = graph(tmp_path, [*roles, *holder(*rights)])
    mine = {"grant/shop/role/shop/own", "grant/shop/clusterrole/wide"}

    assert {end for id_, start, end in found.pairs() if (id_, start) == ("ROLE_BIND", BOT)} & mine == {target} - {""}


def secret(name: str, type_: str, **annotations: str) -> Json:
    return thing("Secret", name, "shop", type=type_, metadata={"annotations": annotations})


def test_a_secret_without_a_token_is_nobodys_identity(tmp_path: Path) -> None:
    owned = {"kubernetes.io/service-account.name": "deployer"}
    objects = [
        secret("plain", "Opaque", **owned), secret("real", TOKEN, **owned),
        *(thing("ServiceAccount", name, "shop") for name in ("deployer", "plain", "idle")),
        *holder(rule("list", "secrets")),
    ]  # fmt: skip
    found = graph(tmp_path, objects)

    assert {end for id_, start, end in found.pairs() if (id_, start) == ("TOKEN_LIST", BOT)} == {"sa/shop/deployer"}


def volume(audience: str | None) -> dict[str, Any]:
    token = {"path": "token", **({"audience": audience} if audience else {})}
    return {
        "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": token}]}}],
        "mounts": [{"name": "t", "mountPath": "/t"}],
    }


@pytest.mark.parametrize(
    ("audience", "is_identity"), [(None, True), ("https://kubernetes.default.svc", True), (STS, False)]
)
def test_a_token_for_another_audience_is_no_identity(tmp_path: Path, audience: str | None, is_identity: bool) -> None:
    found = graph(tmp_path, [pod("web", account="bot", token=False, **volume(audience))])

    assert ("IDENTITY_ASSUME" in ids(found, "pod/shop/web", BOT)) is is_identity


def test_a_pod_without_a_token_has_no_identity(tmp_path: Path) -> None:
    found = graph(tmp_path, [pod("web", account="bot", token=False, automountServiceAccountToken=False)])

    assert "IDENTITY_ASSUME" not in ids(found, "pod/shop/web")


def test_an_account_that_nobody_bound_is_there_to_be_taken(tmp_path: Path) -> None:
    objects = [thing("ServiceAccount", "unbound", "shop"), *holder(rule("create", "pods"))]

    assert "POD_CREATE_SA" in ids(graph(tmp_path, objects), BOT, "sa/shop/unbound")


@pytest.mark.parametrize("group", ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"])
def test_groups_that_no_object_lists_have_members(tmp_path: Path, group: str) -> None:
    objects = [pod("web"), *holder(rule("create", "pods/exec"))]
    objects[-1]["subjects"] = [{"kind": "Group", "apiGroup": RBAC, "name": group}]

    assert "POD_EXEC" in ids(graph(tmp_path, objects), "sa/shop/default", "pod/shop/web")


def mounting(path: str, *, container: Json | None = None, **mount: Any) -> Json:
    """A pod that mounts a path of its host."""
    made = pod(
        "web", token=False, volumes=[{"name": "host", "hostPath": {"path": path}}],
        mounts=[{"name": "host", "mountPath": "/host", **mount}],
    )  # fmt: skip
    made["spec"]["containers"][0].update(container or {})
    return made


@pytest.mark.parametrize(
    "path", ["/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock", "/run", "/"]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_socket_is_one_under_run_and_under_var_run_and_read_only(tmp_path: Path, path: str, read_only: bool) -> None:
    found = graph(tmp_path, [mounting(path, readOnly=read_only)])

    assert "EXPLOIT_CONTAINERD_SOCK" in ids(found, "pod/shop/web", ON_NODE)


@pytest.mark.parametrize(
    ("path", "open_"),
    [("/etc", True), ("/etc/cron.d/jobs", True), ("//etc/../etc/cron.d/", True), ("/mnt/data", False),
     ("/run/xtables.lock", False), ("/var/run/xtables.lock", False), ("/usr/share/zoneinfo", False)],
)  # fmt: skip
def test_what_lies_above_and_below_a_sensitive_path_counts_and_harmless_files_do_not(
    tmp_path: Path, path: str, open_: bool
) -> None:
    assert ("EXPLOIT_HOST_WRITE" in ids(graph(tmp_path, [mounting(path)]), "pod/shop/web", ON_NODE)) is open_


@pytest.mark.parametrize(
    ("context", "open_"),
    [({}, True), ({"runAsUser": 0}, True), ({"runAsUser": 10}, False), ({"runAsNonRoot": True}, False)],
)
def test_root_is_what_the_image_says_where_nothing_is_set(tmp_path: Path, context: Json, open_: bool) -> None:
    web = mounting("/etc", container={"securityContext": context})

    assert ("EXPLOIT_HOST_WRITE" in ids(graph(tmp_path, [web]), "pod/shop/web", ON_NODE)) is open_


@pytest.mark.parametrize(
    ("field", "more", "open_"),
    [
        ("initContainers", {}, False),
        ("initContainers", {"restartPolicy": "Always"}, True),
        ("ephemeralContainers", {}, True),
    ],
)
def test_sidecars_and_debug_containers_count_and_what_has_ended_does_not(
    tmp_path: Path, field: str, more: Json, open_: bool
) -> None:
    web = pod("web")
    web["spec"][field] = [{"name": "extra", "image": "extra:1", "securityContext": {"privileged": True}, **more}]

    assert ("CE_PRIV_MOUNT" in ids(graph(tmp_path, [web]), "pod/shop/web", ON_NODE)) is open_


@pytest.mark.parametrize(
    ("phase", "open_"), [("Running", True), ("Pending", True), ("Succeeded", False), ("Failed", False)]
)
def test_a_pod_that_has_ended_is_none(tmp_path: Path, phase: str, open_: bool) -> None:
    web = pod("web", security={"privileged": True})
    web["status"]["phase"] = phase

    assert ("CE_PRIV_MOUNT" in {id_ for id_, *_ in graph(tmp_path, [web]).pairs()}) is open_


@pytest.mark.parametrize(
    ("verb", "resource", "names", "open_"),
    [
        ("create", "pods", "web", set()), ("create", "pods/exec", "web", {"POD_EXEC"}),
        ("create", "pods/exec", "other", set()), ("create", "pods/*", "", set()),
        ("create", "*/exec", "", {"POD_EXEC"}),
    ],
)  # fmt: skip
def test_resource_names_and_wildcards_mean_what_the_authorizer_takes_them_for(
    tmp_path: Path, verb: str, resource: str, names: str, open_: set[str]
) -> None:
    found = graph(tmp_path, [pod("web"), *holder(rule(verb, resource, names=names))])

    assert ids(found, BOT) & {"POD_EXEC", "POD_CREATE", "POD_CREATE_SA"} == open_


def test_a_kind_of_another_group_is_another_kind(tmp_path: Path) -> None:
    """A Calico NetworkPolicy or a Knative Service is not the one that Kubernetes has under that name."""
    service = thing("Service", "web", "shop", spec={"selector": {"app": "web"}})
    knative = thing("Service", "fn", "shop", spec={"template": {}}) | {"apiVersion": "serving.knative.dev/v1"}
    (tmp_path / "services.json").write_text(json.dumps({"kind": "List", "items": [service, knative]}))

    assert list(kpath.load(tmp_path).model.services) == ["svc/shop/web"]
