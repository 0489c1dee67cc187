"""The samples say in their READMEs what is true of them; here it is asked."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import kpath
from kpath.render.shape import step_shape

SAMPLES = Path(__file__).parents[2] / "samples"
BOTH = ("storefront", "storefront-hardened")

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}:role"
S3 = "arn:aws:s3:::storefront-"
AWS_ADMIN = f"aws-admin/{ACCOUNT}"
A, B, C = (f"ip-10-0-{name}.eu-west-1.compute.internal" for name in ("1-5", "2-7", "3-9"))

# What everybody may see of every cluster who has a name in it.
DISCOVERY = {f"grant/*/clusterrole/system:{name}" for name in ("basic-user", "discovery", "public-info-viewer")}
# Whoever makes pods runs any image that the nodes can pull.
IMAGES = {
    f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{name}"
    for name in (
        "platform/audit-export", "platform/ci-runner", "storefront/cart", "storefront/catalog", "storefront/checkout",
        "storefront/payments", "storefront/web",
    )
}  # fmt: skip
# What a workload of the hardened twin may come to: its own, and no more.
OWN = {
    "web": {"secret/shop/session-keys"},
    "cart": {"secret/shop/redis-auth"},
    "checkout": {"secret/shop/redis-auth"},
    "redis": {"secret/shop/redis-auth"},
    "catalog": {"secret/shop/catalog-db", f"{IAM}/catalog-images", f"{S3}product-images"},
    "payments": {"secret/shop/payments-psp", f"{IAM}/payments", f"{S3}receipts", "PSP"},
    "runner": {"secret/ci/runner-registration", "grant/ci/role/ci/job-pods"} | DISCOVERY | IMAGES,
}
PSP = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:storefront/payments/psp-key-"


@cache
def load(name: str) -> kpath.Graph:
    return kpath.load(SAMPLES / name)


def pods(name: str, *namespaces: str) -> list[str]:
    listed = json.loads((SAMPLES / name / "kubernetes" / "pods.json").read_text())["items"]
    found = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in listed]
    return [f"pod/{space}/{pod}" for space, pod in found if not namespaces or space in namespaces]


def named(name: str, start: str) -> str:
    """The one pod of a sample whose name begins so."""
    (found,) = (each for each in pods(name) if each.startswith(start))
    return found


def ids(name: str, source: str, target: str = "") -> set[str]:
    """The steps that lead from a source alone, to one target or anywhere."""
    return {
        arrow.rule.id
        for arrow in load(name).steps.arrows
        if not arrow.also and source in arrow.sources and (not target or target in arrow.targets)
    }


def route(name: str, source: str, target: str) -> list[tuple[str, str]]:
    """The steps of the best path, each with its target."""
    path, *_ = load(name).paths(source, target)
    return [(step.id, step.target) for step in path.steps]


# What the READMEs say.


def commands() -> Iterator[tuple[str, str, str, str]]:
    for name in BOTH:
        for line in (SAMPLES / name / "README.md").read_text().splitlines():
            words = shlex.split(line) if re.match(r" +kpath (paths|why-not) ", line) else []
            if words:
                options = dict(zip(words[2::2], words[3::2], strict=True))
                assert options["-f"] == f"samples/{name}"
                yield words[1], name, options["--from"], options["--to"]


@pytest.mark.parametrize(("command", "name", "source", "target"), list(commands()))
def test_every_command_of_a_readme_answers_as_it_says(command: str, name: str, source: str, target: str) -> None:
    found = load(name).paths(source, target)
    assert bool(found) is (command == "paths")
    assert found.report.verdict == ("path" if found else "no path")


@pytest.mark.parametrize("name", BOTH)
def test_a_readme_numbers_its_truths_and_each_has_a_command(name: str) -> None:
    text = (SAMPLES / name / "README.md").read_text()
    numbers = [int(each) for each in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    parts = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]
    assert all(re.search(r"^ +kpath ", part, re.MULTILINE) for part in parts)


# The storefront, step by step.


def test_web_is_the_administrator_of_the_account_in_four_steps() -> None:
    assert route("storefront", "pod/shop/web", AWS_ADMIN) == [
        ("IMDS_REACH", f"imds/{A}"),
        ("IMDS_CRED", f"{IAM}/eks-node"),
        ("STS_ASSUME_ROLE", f"{IAM}/deploy"),
        ("AWS_ADMIN", AWS_ADMIN),
    ]


def test_the_path_of_web_cites_the_hop_limit_the_policy_and_the_trust() -> None:
    path, *_ = load("storefront").paths("pod/shop/web", AWS_ADMIN)
    cited = {(str(fact.of), fact.at, fact.value) for step in path.steps for fact in step.evidence}
    machine = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0abc41d7e29f0b863"
    infra = "/RolePolicyList/0/PolicyDocument/Statement/3"
    trust = "/AssumeRolePolicyDocument/Statement/0/Principal"
    assert (machine, "/MetadataOptions/HttpPutResponseHopLimit", "2") in cited
    assert (f"{IAM}/eks-node", f"{infra}/Resource", f"{IAM}/*") in cited
    assert (f"{IAM}/deploy", trust, f'{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}') in cited
    assert path.confidence == max(step.confidence for step in path.steps)
    assert all(fact.file for step in path.steps for fact in step.evidence)


@pytest.mark.parametrize(
    ("start", "node"),
    [
        ("pod/shop/web-h8fpmk2sw-26hzz", B),
        ("pod/shop/cart-c4rtncp2x-qpndn", B),
        ("pod/ci/runner-62ppjrtqp-c7brb", B),
        ("pod/shop/payments-gtx2fmcb2-x42bk", A),
        ("pod/monitoring/node-exporter-m6z6l", C),
        ("pod/kube-system/kube-proxy-8qwn5", C),
    ],
)
def test_the_metadata_service_of_its_node_answers(start: str, node: str) -> None:
    assert "IMDS_REACH" in ids("storefront", named("storefront", start), f"imds/{node}")


def test_on_the_restricted_node_it_answers_the_hosts_network_and_nobody_else() -> None:
    answered = {start for id_, start, end in load("storefront").pairs() if (id_, end) == ("IMDS_REACH", f"imds/{C}")}
    owners = {re.sub(r"-[a-z0-9]{5}$", "", each) for each in answered}
    assert owners == {"pod/kube-system/aws-node", "pod/kube-system/kube-proxy", "pod/monitoring/node-exporter"}


def test_the_role_of_payments_is_taken_by_its_token_and_by_no_other() -> None:
    takers = {
        start for id_, start, end in load("storefront").pairs() if (id_, end) == ("IRSA_ASSUME", f"{IAM}/payments")
    }
    assert takers == {"token/shop/payments/sts.amazonaws.com"}


def test_a_neighbours_token_needs_no_escape() -> None:
    steps = [id_ for id_, _ in route("storefront", "pod/shop/web", "sa/shop/payments")]
    assert steps == ["IMDS_REACH", "IMDS_CRED", "NODE_IDENTITY", "NODE_TOKEN_REQUEST"]


def test_a_node_mints_tokens_of_its_own_pods_only() -> None:
    minted = {end for id_, start, end in load("storefront").pairs()
              if id_ == "NODE_TOKEN_REQUEST" and start == f"user/system:node:{A}"}  # fmt: skip
    assert {"sa/shop/web", "sa/shop/payments", "sa/kube-system/aws-node"} <= minted
    assert not minted & {"sa/ci/runner", "sa/ci/deployer", "sa/ops/audit-export", "sa/monitoring/prometheus"}


def test_the_debug_pod_is_its_node_and_that_is_its_neighbours() -> None:
    escapes = ids("storefront", "pod/ops/debug", f"node/{B}")
    assert {"CE_PRIV_MOUNT", "CE_NSENTER", "EXPLOIT_HOST_WRITE", "EXPLOIT_CONTAINERD_SOCK"} <= escapes
    neighbours = {end for id_, start, end in load("storefront").pairs() if (id_, start) == ("POD_ATTACH", f"node/{B}")}
    assert named("storefront", "pod/ci/deployer-") in neighbours
    assert "pod/shop/web" not in neighbours


def test_the_runner_lists_the_token_that_never_expires() -> None:
    assert "TOKEN_LIST" in ids("storefront", "sa/ci/runner", "sa/shop/deployer")
    assert "SECRET_READ" in ids("storefront", "sa/ci/runner", "secret/shop/payments-psp")
    assert "SECRET_READ" not in ids("storefront", "sa/ci/runner", "secret/monitoring/grafana-admin")


def test_the_level_of_ci_keeps_its_pods_off_the_nodes_and_not_from_other_accounts() -> None:
    assert not {"POD_CREATE", "WORKLOAD_WRITE"} & ids("storefront", "sa/ci/runner")
    assert "POD_CREATE_SA" in ids("storefront", "sa/ci/runner", "sa/ci/deployer")
    assert "ROLE_BIND" in ids("storefront", "sa/ci/deployer", "cluster-admin")


def test_edit_in_a_namespace_without_a_level_is_every_node() -> None:
    for node in (A, B, C):
        assert {"POD_CREATE", "WORKLOAD_WRITE"} <= ids("storefront", "sa/shop/deployer", f"node/{node}")


def test_the_deny_on_break_glass_holds_and_deploy_goes_around_it() -> None:
    assert "STS_ASSUME_ROLE" not in ids("storefront", f"{IAM}/eks-node", f"{IAM}/break-glass")
    assert route("storefront", f"{IAM}/eks-node", f"{IAM}/break-glass") == [
        ("STS_ASSUME_ROLE", f"{IAM}/deploy"),
        ("STS_ASSUME_ROLE", f"{IAM}/break-glass"),
    ]


def test_the_audit_export_reads_every_bucket_but_the_customers() -> None:
    (export,) = pods("storefront", "ops")[:1]
    buckets = {ref for ref in load("storefront").reach(export) if ref.startswith(S3)}
    assert buckets == {f"{S3}access-logs", f"{S3}product-images", f"{S3}receipts"}


def test_nobody_has_a_token_that_reports_or_catalog_images_would_take() -> None:
    """Administrators of the account may rewrite the trust; a token is not what they need."""
    roles = {f"{IAM}/reports", f"{IAM}/catalog-images"}
    taken = [pair for pair in load("storefront").pairs() if pair[2] in roles]
    assert not [pair for pair in taken if pair[1].startswith("token/")]
    # Whoever owns the account has them anyway: he writes their trust. The namespace that `catalog-images` trusts
    # is not there: who may make it gets the role.
    assert {id_ for id_, _, _ in taken} == {"IAM_PRINCIPAL_ACCESS", "IAM_TRUST_EDIT", "POD_IDENTITY_SQUAT"}
    assert {target for id_, _, target in taken if id_ == "POD_IDENTITY_SQUAT"} == {f"{IAM}/catalog-images"}


def test_the_catalogue_holds_a_token_for_aws_all_the_same() -> None:
    catalog = named("storefront", "pod/shop/catalog-l6fd75sp9-w48v7")
    assert "TOKEN_STEAL" in ids("storefront", catalog, "token/shop/catalog/sts.amazonaws.com")


def test_aws_auth_is_read_by_nobody() -> None:
    mapped = {(start, end) for id_, start, end in load("storefront").pairs() if id_ == "AWS_MAPPED_IDENTITY"}
    assert {start for start, _ in mapped} == {f"{IAM}/{name}" for name in ("eks-node", "platform-admin")}
    assert not [pair for pair in load("storefront").pairs() if pair[0] == "AWS_AUTH_EDIT"]


def test_node_exporter_reads_proc_as_nobody_and_does_not_escape() -> None:
    taken = ids("storefront", named("storefront", "pod/monitoring/node-exporter-m6z6l"))
    assert "IMDS_REACH" in taken
    assert not [id_ for id_ in taken if id_.startswith(("CE_", "EXPLOIT_"))]


def test_a_replica_beside_the_deployer_is_cluster_admin_without_an_escape() -> None:
    steps = [id_ for id_, _ in route("storefront", "pod/shop/web-h8fpmk2sw-26hzz", "cluster-admin")]
    assert steps[:3] == ["IMDS_REACH", "IMDS_CRED", "STS_ASSUME_ROLE"]


def test_it_needs_no_role_in_aws_but_the_nodes() -> None:
    sure = [id_ for id_, _ in route("storefront", "pod/shop/web-h8fpmk2sw-26hzz", "sa/ci/deployer")]
    assert sure == ["IMDS_REACH", "IMDS_CRED", "NODE_IDENTITY", "NODE_TOKEN_REQUEST"]
    assert "ROLE_BIND" in ids("storefront", "sa/ci/deployer", "cluster-admin")


def test_the_account_is_a_way_into_the_cluster() -> None:
    """The node's role takes that of the pipeline, which owns the account and so gives itself an access entry."""
    path, *_ = load("storefront").paths("pod/shop/web-h8fpmk2sw-26hzz", "cluster-admin")
    assert [(step.id, step.way) for step in path.steps][2:] == [
        ("STS_ASSUME_ROLE", "sts-001"),
        ("EKS_ACCESS_ENTRY_CREATE", ""),
    ]
    assert "STS_ASSUME_ROLE sts-001\n" in path.explain()
    assert ["sts-001"] == [found["way"] for found in map(step_shape, path.steps) if "way" in found]


# The hardened twin.


@pytest.mark.parametrize("pod", pods("storefront-hardened", "shop", "ci"))
def test_an_application_comes_to_its_own_and_no_more(pod: str) -> None:
    workload = pod.split("/")[2].split("-")[0]
    reached = {PSP if ref.startswith(PSP) else str(ref) for ref in load("storefront-hardened").reach(pod)}
    allowed = {PSP if each == "PSP" else each for each in OWN[workload]}
    worth = ("cluster-admin", "aws-admin/", "node/", "user/", "group/", "imds/", "secret/", "grant/", "arn:")
    assert {ref for ref in reached if ref.startswith(worth)} == allowed
    assert {ref for ref in reached if ref.startswith("pod/")} <= {pod}


def test_only_system_components_come_to_a_node_or_its_metadata() -> None:
    steps = {"IMDS_REACH", "CE_PRIV_MOUNT", "EXPLOIT_HOST_WRITE", "CE_NSENTER", "CE_UMH_CORE_PATTERN"}
    starts = {
        start for id_, start, _ in load("storefront-hardened").pairs() if id_ in steps and start.startswith("pod/")
    }
    owners = {re.sub(r"-[a-z0-9]{5}$", "", each) for each in starts}
    assert owners == {f"pod/kube-system/{name}" for name in ("aws-node", "kube-proxy", "ebs-csi-node")}


@pytest.mark.parametrize("pod", pods("storefront-hardened"))
def test_no_pod_at_all_is_an_administrator(pod: str) -> None:
    assert not {"cluster-admin", AWS_ADMIN, f"{S3}customers"} & set(load("storefront-hardened").reach(pod))


def test_every_pod_of_the_twin_is_one_of_the_storefront() -> None:
    gone = set(pods("storefront")) - set(pods("storefront-hardened"))
    assert gone == {"pod/ops/debug", named("storefront", "pod/ci/deployer-")}
    assert set(pods("storefront-hardened")) < set(pods("storefront"))


# What they look like.


@pytest.mark.parametrize(("name", "pod_count"), [("storefront", 41), ("storefront-hardened", 39)])
def test_a_sample_is_read_as_a_whole(name: str, pod_count: int) -> None:
    model = load(name).model
    assert (len(model.pods), len(model.nodes)) == (pod_count, 3)
    assert [each for each in model.diagnostics if "README.md" not in each.what] == []
    assert load(name).paths("pod/shop/web").report.missing == ()


def files(pattern: str) -> list[Path]:
    return sorted(SAMPLES.glob(pattern))


@pytest.mark.parametrize("file", files("*/kubernetes/*.json"), ids=lambda file: "/".join(file.parts[-3:]))
def test_kubernetes_files_are_what_kubectl_prints(file: Path) -> None:
    text = file.read_text()
    data = json.loads(text)
    printed = json.dumps(data, indent=4, sort_keys=True, ensure_ascii=False) + "\n"
    assert text == printed.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    assert set(data) == {"apiVersion", "items", "kind", "metadata"}
    places = [(each["metadata"].get("namespace", ""), each["metadata"]["name"]) for each in data["items"]]
    assert places == sorted(places)


@pytest.mark.parametrize("name", BOTH)
def test_no_value_of_a_secret_or_a_variable_is_stored(name: str) -> None:
    folder = SAMPLES / name / "kubernetes"
    assert not [each for each in json.loads((folder / "secrets.json").read_text())["items"] if each.get("data")]
    for file in ("pods", "deployments", "daemonsets", "statefulsets", "replicasets"):
        items = json.loads((folder / f"{file}.json").read_text())["items"]
        specs = [each["spec"].get("template", each)["spec"] for each in items]
        held = [part for spec in specs for part in (*spec["containers"], *spec.get("initContainers", ()))]
        assert not [env for part in held for env in part.get("env", ()) if "value" in env]


@pytest.mark.parametrize("file", files("*/**/*.json"), ids=lambda file: "/".join(file.parts[-3:]))
def test_accounts_are_invented(file: Path) -> None:
    """But for the one from which Amazon serves the images of EKS in this region."""
    assert set(re.findall(r"(?<![0-9A-Za-z-])\d{12}(?![0-9A-Za-z])", file.read_text())) <= {ACCOUNT, "602401143452"}


def test_without_a_source_there_is_an_entry_for_each_mistake() -> None:
    """The worst from anywhere: whoever starts, what is past something worse or runs for the cluster is not repeated."""
    found = load("storefront").paths()
    entries = [tuple((step.id, step.target) for step in path.steps) for path in found]

    assert {path.target.kind for path in found} == {"cluster-admin", "aws-admin", "node"}
    assert len(entries) == len(set(entries)) < 16
    assert not [path for path in found if path.source.namespace == "kube-system"]
    assert not [
        path for path in found if path.target.kind == "node" and "cluster-admin" in {step.target for step in path.steps}
    ]
    assert any(len(path.others) > 5 for path in found)
    assert len(load("storefront").paths(everything=True)) > 2 * len(found)
