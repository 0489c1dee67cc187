"""Each mitigation breaks what it claims to break, opens nothing, and leaves its bypasses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

import kpath
from kpath.errors import UsageError
from kpath.mitigations import mitigations

ROOT = Path(__file__).parents[2]
STOREFRONT = ROOT / "samples" / "storefront"
ADMIN = "aws-admin/111122223333"


@pytest.fixture(scope="module")
def storefront() -> kpath.Graph:
    return kpath.load(STOREFRONT)


def has(graph: kpath.Graph, source: str, to: str) -> bool:
    return len(graph.paths(source=source, to=to)) > 0


def written(folder: Path, documents: Iterable[dict[str, object]]) -> kpath.Graph:
    for number, document in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(document))
    return kpath.load(folder)


@pytest.mark.parametrize("id_", [id_ for id_ in mitigations() if "NP-" not in id_])
def test_applied_everywhere_it_takes_steps_away_and_adds_none(storefront: kpath.Graph, id_: str) -> None:
    after = storefront.mitigate(id_)

    assert after.pairs() < storefront.pairs()


@pytest.mark.parametrize("id_", list(mitigations()))
def test_the_snapshot_itself_stays_as_it_was(storefront: kpath.Graph, id_: str) -> None:
    before = storefront.pairs()
    storefront.mitigate(id_)

    assert before == kpath.load(STOREFRONT).pairs()


def test_every_single_fix_of_the_storefront_breaks_the_path_it_is_offered_for(storefront: kpath.Graph) -> None:
    for path in storefront.paths(source="pod/shop/web", to=ADMIN):
        fixes = storefront.fixes([path])

        assert fixes
        for fix in fixes:
            after = storefront.mitigate(fix)
            left = {(id_, source, target) for id_, source, target in after.pairs()}

            assert after.pairs() <= storefront.pairs()
            assert any((step.id, step.source, step.target) not in left for step in path.steps), str(fix)


def test_hop_limit_1_with_tokens_required_stops_pods_but_not_those_on_the_hosts_network(
    storefront: kpath.Graph,
) -> None:
    after = storefront.mitigate("M-IMDS-HOP")
    exporters = [ref for ref in after.reach("ds/monitoring/node-exporter") if ref.kind == "imds"]

    assert has(storefront, "pod/shop/web", ADMIN)
    assert not has(after, "pod/shop/web", ADMIN)
    assert exporters


def test_a_subject_taken_out_of_its_binding_loses_the_right(storefront: kpath.Graph) -> None:
    grants = [
        grant for grant in storefront.who_can("list", "secrets", namespace="shop") if grant.subject == "sa/ci/runner"
    ]
    binding = grants[0].because[0].of
    after = storefront.mitigate("M-RBAC-REMOVE", at=binding)

    assert "sa/ci/runner" not in {grant.subject for grant in after.who_can("list", "secrets", namespace="shop")}


def test_automount_off_takes_the_token_from_the_pod_and_its_template(storefront: kpath.Graph) -> None:
    after = storefront.mitigate("M-SA-AUTOMOUNT", at="deploy/ci/runner")

    assert "sa/ci/runner" in storefront.reach("deploy/ci/runner")
    assert not any(id_ == "IDENTITY_ASSUME" and target == "sa/ci/runner" for id_, _, target in after.pairs())


def test_without_privileged_the_debug_pod_still_has_its_host_path(storefront: kpath.Graph) -> None:
    after = storefront.mitigate("M-CTX-UNPRIVILEGED", at="pod/ops/debug")
    escapes = {id_ for id_, source, _ in after.pairs() if source == "pod/ops/debug"}

    assert "CE_PRIV_MOUNT" not in escapes
    assert "EXPLOIT_HOST_TRAVERSE" in escapes


def test_exact_trust_leaves_only_the_annotated_account(tmp_path: Path) -> None:
    issuer = "oidc.eks.eu-west-1.amazonaws.com/id/X"
    provider = f"arn:aws:iam::111122223333:oidc-provider/{issuer}"
    role = {
        "Arn": "arn:aws:iam::111122223333:role/r",
        "RoleName": "r",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": provider},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringLike": {f"{issuer}:sub": "system:serviceaccount:shop:*"}},
                }
            ],
        },
    }
    annotated = {"name": "a", "namespace": "shop", "annotations": {"eks.amazonaws.com/role-arn": role["Arn"]}}
    graph = written(
        tmp_path,
        [
            {"kind": "ServiceAccount", "metadata": annotated},
            {"kind": "ServiceAccount", "metadata": {"name": "b", "namespace": "shop"}},
            {"RoleDetailList": [role]},
            {"OpenIDConnectProviderList": [{"Arn": provider}]},
            {"cluster": {"name": "c", "identity": {"oidc": {"issuer": f"https://{issuer}"}}}},
        ],
    )
    after = graph.mitigate("M-TRUST-EXACT")

    def takers(of: kpath.Graph) -> set[str]:
        return {source.split("/")[2] for id_, source, _ in of.pairs() if id_ == "IRSA_ASSUME"}

    assert {"a", "b"} == takers(graph)
    assert {"a"} == takers(after)


def test_an_unknown_mitigation_is_the_callers_mistake(storefront: kpath.Graph) -> None:
    with pytest.raises(kpath.UsageError, match="`M-NOTHING` is no mitigation"):
        storefront.mitigate("M-NOTHING")


def test_every_subject_of_a_binding_is_taken_out_of_it(tmp_path: Path) -> None:
    graph = written(tmp_path, [READER, SECRET, granted("first", "a", "b", "c")])
    after = graph.mitigate("M-RBAC-REMOVE", at="clusterrolebinding/first")

    assert {"sa/ci/a", "sa/ci/b", "sa/ci/c"} <= {grant.subject for grant in graph.who_can("get", "secrets")}
    assert {"group/system:masters"} == {grant.subject for grant in after.who_can("get", "secrets")}


def test_no_binding_is_offered_where_another_grants_the_same(tmp_path: Path) -> None:
    documents = [READER, RUNNER, SECRET]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = written(tmp_path / "one", [*documents, granted("first", "a")])
    two = written(tmp_path / "two", [*documents, granted("first", "a"), granted("second", "a")])

    assert "M-RBAC-REMOVE" in offered(one)
    assert "M-RBAC-REMOVE" not in offered(two)


def test_a_token_that_the_manifest_asks_for_is_not_one_to_switch_off(tmp_path: Path) -> None:
    documents = [READER, SECRET]
    asked = json.loads(json.dumps(RUNNER).replace("kube-api-access-x2x2x", "own-token"))
    (tmp_path / "given").mkdir()
    (tmp_path / "asked").mkdir()

    assert "M-SA-AUTOMOUNT" in offered(written(tmp_path / "given", [*documents, RUNNER, granted("first", "a")]))
    assert "M-SA-AUTOMOUNT" not in offered(written(tmp_path / "asked", [*documents, asked, granted("first", "a")]))


def test_a_mitigation_at_an_object_it_does_nothing_to_is_a_mistake(storefront: kpath.Graph) -> None:
    with pytest.raises(UsageError, match="answers nothing at"):
        storefront.mitigate("M-RBAC-REMOVE", at="clusterrolebinding/nothing")


def test_a_container_is_found_by_its_name_where_a_sidecar_shifts_it(tmp_path: Path) -> None:
    """The pod has an injected sidecar in front that its template has not."""
    risky = {"name": "app", "securityContext": {"privileged": True}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [risky]}}
    owner = {"kind": "DaemonSet", "name": "web", "controller": True, "apiVersion": "apps/v1", "uid": "1"}
    graph = written(
        tmp_path,
        [
            {"kind": "DaemonSet", "metadata": {"name": "web", "namespace": "ci"}, "spec": {"template": template}},
            {
                "kind": "Pod",
                "metadata": {"name": "web-x", "namespace": "ci", "ownerReferences": [owner]},
                "spec": {"nodeName": "n", "containers": [{"name": "proxy"}, risky]},
                "status": {"phase": "Running"},
            },
            {"kind": "Node", "metadata": {"name": "n"}},
        ],
    )
    after = graph.mitigate("M-CTX-UNPRIVILEGED")

    assert "CE_PRIV_MOUNT" in {id_ for id_, _, _ in graph.pairs()}
    assert "CE_PRIV_MOUNT" not in {id_ for id_, _, _ in after.pairs()}


SECRET: dict[str, object] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "ci"}}
READER: dict[str, object] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "reader"},
    "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
}
RUNNER: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "runner", "namespace": "ci"},
    "spec": {
        "serviceAccountName": "a",
        "containers": [{"name": "c", "volumeMounts": [{"name": "kube-api-access-x2x2x", "mountPath": "/t"}]}],
        "volumes": [
            {
                "name": "kube-api-access-x2x2x",
                "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]},
            }
        ],
    },
    "status": {"phase": "Running"},
}


def granted(name: str, *accounts: str) -> dict[str, object]:
    """A binding of the reader to service accounts of `ci`."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "ci"} for account in accounts],
    }


def offered(graph: kpath.Graph) -> set[str]:
    """The mitigations that break the runner's path to the secret."""
    return {fix.mitigation for fix in graph.fixes(graph.paths("pod/ci/runner", "secret/ci/db"))}
