"""`kpath fix`, `whatif` and `diff` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import kpath as called

import kpath

STORE = "samples/storefront"
WEB = "pod/shop/web-h8fpmk2sw-26hzz"
NODE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0d52e8f1a97c346be"


def run(*args: str) -> tuple[int, str, str]:
    done = called(*args)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_hop_limit_of_its_node_is_what_the_storefront_needs() -> None:
    code, text, _ = run("fix", "-f", STORE, "--from", WEB, "--to", "cluster-admin", "--proof")

    assert code == 0
    assert f"1. M-IMDS-HOP at {NODE}   immediate" in text
    assert "no cheaper set works" in text
    assert "M-TRUST-EXACT at arn:aws:iam::111122223333:role/deploy" in text.partition("no cheaper set works")[2]


def test_json_has_the_paths_the_changes_and_what_is_left() -> None:
    found = json.loads(run("fix", "-f", STORE, "--from", WEB, "-o", "json")[1])

    [change] = found["fixes"]
    assert (change["mitigation"], change["lag"], change["cost"]) == (
        "M-IMDS-HOP",
        "immediate",
        10 + len(change["others"]),
    )
    assert {"of": NODE, "op": "replace", "path": "/MetadataOptions/HttpTokens", "value": "required"} in change["patch"]
    assert [path["target"] for path in found["remaining"]] == ["secret/shop/session-keys"]
    assert {"cluster-admin", "aws-admin/111122223333"} <= {path["target"] for path in found["paths"]}


def test_where_there_is_no_path_there_is_nothing_to_break() -> None:
    code, text, _ = run("fix", "-f", "samples/storefront-hardened", "--from", "internet", "--to", "cluster-admin")
    assert (code, text) == (0, "internet: nothing to break, no path\n")


def test_what_a_mitigation_breaks_and_leaves() -> None:
    code, text, _ = run("whatif", "-f", STORE, "-m", "M-IMDS-HOP", "--at", NODE, "--from", WEB)

    assert code == 1
    assert text.startswith("0 paths opened, ")
    assert "still open\n  pod/shop/web-h8fpmk2sw-26hzz to secret/shop/session-keys" in text


def test_an_object_that_is_dropped_and_a_field_that_is_set() -> None:
    bound = "clusterrolebinding/ci-deployer-tenant-bootstrap"
    code, text, _ = run("whatif", "-f", STORE, "--without", bound, "--from", "sa/ci/deployer", "--to", "cluster-admin")
    assert code == 1
    assert f"\n  {bound}\n" in text
    assert "    - ROLE_BIND  sa/ci/deployer → " in text

    setting = "deploy/ci/deployer:/spec/template/spec/automountServiceAccountToken=false"
    graph = kpath.load(STORE)
    after = graph.what_if(set_=[setting])
    assert not [pair for pair in after.pairs() if pair[0] == "IDENTITY_ASSUME" and "ci/deployer" in pair[1]]


def test_manifests_are_put_in_place_of_what_is_there(tmp_path: Path) -> None:
    graph = kpath.load(STORE)
    policy = tmp_path / "deny.yaml"
    policy.write_text("""
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci-deployer-tenant-bootstrap}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: deployer, namespace: ci}]
""")
    after = graph.what_if(apply=[str(policy)])
    found = after.compare(graph, "sa/ci/deployer", "cluster-admin")

    assert [str(path.target) for path in found.closed] == ["cluster-admin"]
    assert "clusterrolebinding/ci-deployer-tenant-bootstrap" in found.causes


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["-f", STORE], "name a change"),
        (["-f", STORE, "-m", "M-NONE"], "`M-NONE` is no mitigation"),
        (["-f", STORE, "--without", "deploy/shop/none"], "`deploy/shop/none` is no object of the snapshot"),
        (["-f", STORE, "--set", "deploy/shop/web"], "sets no field"),
        (["-f", STORE, "--set", "deploy/shop/none:/spec=1"], "is no object of the snapshot"),
        (["-f", STORE, "-f", "no-such-file.yaml"], "no such file or folder"),
    ],
)
def test_a_change_that_is_none_is_one_line(args: list[str], problem: str) -> None:
    code, out, err = run("whatif", *args)
    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_between_two_snapshots_what_came_and_went() -> None:
    code, text, _ = run("diff", STORE, "samples/storefront-hardened")
    assert code == 1
    assert text.startswith("0 paths opened, ")

    code, text, _ = run("diff", STORE, STORE)
    assert (code, text.partition(";")[0]) == (0, "no difference")


def test_markdown_for_a_review_escapes_what_others_have_named() -> None:
    _, text, _ = run("diff", STORE, "samples/storefront-hardened", "-o", "markdown")
    assert text.startswith("**kpath**: 0 paths opened")
    assert "### Closed" in text
    assert "<details>" in text
