"""The command line as its users meet it: exit codes, streams, formats, one-line errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STOREFRONT = str(ROOT / "samples" / "storefront")
HARDENED = str(ROOT / "samples" / "storefront-hardened")
FROM_WEB = ("--from", "pod/shop/web")


def kpath(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "kpath", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **environment}, check=False)


def test_paths_answers_on_stdout_and_nowhere_else() -> None:
    result = kpath("paths", "-f", STOREFRONT, *FROM_WEB)

    assert (0, b"") == (result.returncode, result.stderr)
    assert b"CRITICAL  aws-admin/111122223333   4 steps" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("paths", "-f", STOREFRONT, *FROM_WEB, "--fail-on", "critical"), 1),
        (("paths", "-f", HARDENED, *FROM_WEB, "--fail-on", "critical"), 0),
        (("paths", "-f", HARDENED, *FROM_WEB, "--to", "cluster-admin"), 0),
        (("paths", "-f", STOREFRONT + "/kubernetes", *FROM_WEB, "--to", "aws-admin/111122223333"), 3),
        (("can-i", "list", "secrets", "--as", "sa/shop/web", "-f", STOREFRONT), 1),
        (("can-i", "list", "secrets", "-n", "shop", "--as", "sa/ci/runner", "-f", STOREFRONT), 0),
        (("why-not", "-f", HARDENED, *FROM_WEB, "--to", "aws-admin/111122223333"), 0),
        (("query", "pods-to-cluster-admin", "-f", STOREFRONT), 1),
    ],
)
def test_exit_codes_are_kept(arguments: tuple[str, ...], code: int) -> None:
    assert code == kpath(*arguments).returncode


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("paths", *FROM_WEB), "name a snapshot with -f"),
        (("paths", "-f", "nowhere", *FROM_WEB), "nowhere: no such file or folder"),
        (("paths", "-f", STOREFRONT, "--from", "pod/shop/wbe"), "did you mean pod/shop/web"),
        (("paths", "-f", STOREFRONT, "--from", "web"), "names no kind kpath knows"),
        (("paths", "-f", STOREFRONT, *FROM_WEB, "-o", "gif"), "`gif` is no format"),
        (("paths", "-f", STOREFRONT, *FROM_WEB, "--fail-on", "awful"), "`awful` is no threshold"),
        (("paths", "-f", STOREFRONT, *FROM_WEB, "--assume", "best"), "`best` is no way"),
        (("paths", "-f", STOREFRONT, *FROM_WEB, "-c", "sidecar"), "no container of pod/shop/web is called `sidecar`"),
        (("explain", "IMDS_RICH"), "did you mean IMDS_REACH"),
        (("query", "nothing", "-f", STOREFRONT), "there is no query `nothing`"),
        (("reach", "-f", STOREFRONT), "reach needs a source or a target"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_2(arguments: tuple[str, ...], says: str) -> None:
    result = kpath(*arguments)
    lines = result.stderr.decode().splitlines()

    assert (2, b"", 1) == (result.returncode, result.stdout, len(lines))
    assert lines[0].startswith("kpath: ")
    assert says in lines[0]


def test_bad_input_names_file_and_field_and_never_the_value(tmp_path: Path) -> None:
    bad = tmp_path / "pods.json"
    bad.write_text('{"kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": "hunter2"}}')
    result = kpath("paths", "-f", str(bad), "--from", "pod/x")

    assert (2, b"") == (result.returncode, result.stdout)
    assert f"kpath: {bad}: /spec/containers: expected `array | null`, got `str`\n" == result.stderr.decode()


def test_the_same_question_has_the_same_bytes() -> None:
    for form in ("json", "dot", "svg", "mermaid", "table"):
        first, second = (
            kpath("paths", "-f", STOREFRONT, *FROM_WEB, "-o", form, PYTHONHASHSEED=seed).stdout for seed in ("1", "2")
        )

        assert first == second


def test_json_keeps_its_shape() -> None:
    found = json.loads(kpath("paths", "-f", STOREFRONT, *FROM_WEB, "-o", "json").stdout)
    step = found["paths"][0]["steps"][0]

    assert {"version", "snapshot", "source", "assume", "paths", "diagnostics"} <= found.keys()
    assert {"digest", "coverage"} <= found["snapshot"].keys()
    assert {"source", "target", "confidence", "steps"} <= found["paths"][0].keys()
    assert {"id", "source", "target", "evidence", "assumptions", "attack", "breaks", "also"} <= step.keys()
    assert {"of", "at", "value"} <= step["evidence"][0].keys()


def test_svg_is_xml_and_an_output_file_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "web.svg"
    result = kpath("paths", "-f", STOREFRONT, *FROM_WEB, "-o", "svg", "-O", str(target))

    assert (0, b"", ["web.svg"]) == (result.returncode, result.stdout, [path.name for path in tmp_path.iterdir()])
    assert ElementTree.parse(target).getroot().tag.endswith("svg")


def test_standard_input_is_a_snapshot_too() -> None:
    pod = b'{"kind":"Pod","metadata":{"name":"x"},"spec":{"hostNetwork":true,"containers":[{"name":"a"}]}}'
    result = kpath("reach", "-f", "-", "--from", "pod/x", "-o", "name", stdin=pod)

    assert (0, True) == (result.returncode, b"imds/*\n" in result.stdout)


def test_colour_comes_only_where_it_is_wanted() -> None:
    arguments = ("paths", "-f", STOREFRONT, *FROM_WEB)

    assert b"\x1b" not in kpath(*arguments).stdout
    assert b"\x1b[1;31mCRITICAL" in kpath(*arguments, FORCE_COLOR="1").stdout
    assert b"\x1b" not in kpath(*arguments, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_help_waits_for_no_heavy_library() -> None:
    probe = "import sys, kpath.cli.commands as c, kpath.cli as k; c.register(k.app); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True).stdout.decode().split()

    assert not {"scipy", "numpy", "networkx", "msgspec", "yaml", "graphviz", "boto3", "kubernetes"} & set(loaded)


def test_kubectl_completes_commands() -> None:
    probe = "import sys; sys.argv = ['x', 'wh']; from kpath.cli import complete; complete()"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)

    assert "whatif\nwho-can\nwhy-not\n:4\n" == result.stdout.decode()


def test_a_container_narrows_the_first_step(tmp_path: Path) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {
            "nodeName": "n",
            "containers": [{"name": "plain"}, {"name": "strong", "securityContext": {"privileged": True}}],
        },
    }
    file = tmp_path / "pod.json"
    file.write_text(json.dumps(pod))
    ask = ("paths", "-f", str(file), "--from", "pod/x", "--to", "node/n", "--max-steps", "1", "-o", "json")

    assert 1 == len(json.loads(kpath(*ask, "-c", "strong").stdout)["paths"])
    assert 0 == len(json.loads(kpath(*ask, "-c", "plain").stdout)["paths"])


def test_a_container_goes_on_through_what_it_shares(tmp_path: Path) -> None:
    containers = [
        {"name": "plain", "securityContext": {"runAsUser": 0}},
        {"name": "strong", "securityContext": {"runAsUser": 1000, "privileged": True}},
        {"name": "other", "securityContext": {"runAsUser": 2000}},
    ]
    spec = {"nodeName": "n", "shareProcessNamespace": True, "containers": containers}
    file = tmp_path / "pod.json"
    file.write_text(json.dumps({"kind": "Pod", "metadata": {"name": "x"}, "spec": spec}))
    ask = ("paths", "-f", str(file), "--from", "pod/x", "--to", "node/n", "-o", "json")

    (path,) = json.loads(kpath(*ask, "-c", "plain").stdout)["paths"]

    assert ["CONTAINER_ATTACH", "SHARE_PS_NAMESPACE", "CE_PRIV_MOUNT"] == [step["id"] for step in path["steps"]]
    assert "container/default/x/strong" == path["steps"][2]["source"]
    assert {"pod/default/x"} == {fact["of"] for fact in path["steps"][2]["evidence"]}
    assert [] == json.loads(kpath(*ask, "-c", "other").stdout)["paths"]
    (direct,) = json.loads(kpath(*ask, "-c", "strong").stdout)["paths"]
    assert ["CE_PRIV_MOUNT"] == [step["id"] for step in direct["steps"]]


def test_only_the_evidence_of_the_container_is_shown(tmp_path: Path) -> None:
    strong = {"privileged": True, "runAsUser": 0}
    containers = [{"name": "one", "securityContext": strong}, {"name": "two", "securityContext": strong}]
    pod = {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"nodeName": "n", "containers": containers}}
    file = tmp_path / "pod.json"
    file.write_text(json.dumps(pod))
    ask = ("paths", "-f", str(file), "--from", "pod/x", "--to", "node/n", "-o", "json")

    for number, name in enumerate(("one", "two")):
        (path,) = json.loads(kpath(*ask, "-c", name).stdout)["paths"]
        fields = [fact["at"] for fact in path["steps"][0]["evidence"] if "/containers/" in fact["at"]]
        assert fields
        assert all(field.startswith(f"/spec/containers/{number}/") for field in fields)


def test_a_page_that_is_not_the_last_proves_no_absence(tmp_path: Path) -> None:
    snapshot = copied(tmp_path)
    bindings = snapshot / "kubernetes" / "clusterrolebindings.json"
    found = json.loads(bindings.read_text())
    question = ("paths", "-f", str(snapshot), "--from", "sa/ci/deployer", "--to", "cluster-admin")
    for kind in ("List", "ClusterRoleBindingList"):
        bindings.write_text(json.dumps({**found, "kind": kind, "items": [], "metadata": {"continue": "next"}}))
        assert 3 == kpath(*question).returncode
        (snapshot / "rest.json").write_text(json.dumps({**found, "kind": "ClusterRoleBindingList", "items": []}))
        assert 0 == kpath(*question).returncode
        (snapshot / "rest.json").unlink()


@pytest.mark.parametrize("change", ["truncated", "no profiles", "no node role", "no policies"])
def test_a_role_that_nobody_describes_is_not_one_without_rights(tmp_path: Path, change: str) -> None:
    snapshot = copied(tmp_path)
    (details,) = snapshot.glob("aws/*/global/iam.get-account-authorization-details.json")
    found = json.loads(details.read_text())
    if change == "truncated":
        found["RoleDetailList"] = [role for role in found["RoleDetailList"] if role["RoleName"] != "deploy"]
        found["IsTruncated"] = True
    if change == "no node role":
        found["RoleDetailList"] = [role for role in found["RoleDetailList"] if role["RoleName"] != "eks-node"]
    for role in found["RoleDetailList"]:
        if change == "no profiles":
            del role["InstanceProfileList"]
        if change == "no policies":
            del role["RolePolicyList"]
    details.write_text(json.dumps(found))
    # The group of a node tells its role as well.
    for group in snapshot.glob("aws/*/*/eks.describe-nodegroup*") if change == "no profiles" else ():
        group.unlink()
    result = kpath("paths", "-f", str(snapshot), *FROM_WEB, "--to", "aws-admin/111122223333")

    assert 3 == result.returncode
    assert b"not collected: iam get-account-authorization-details" in result.stdout


def copied(place: Path) -> Path:
    """The storefront, to be changed."""
    return Path(shutil.copytree(STOREFRONT, place / "storefront"))


def test_a_list_within_a_list_is_not_passed_over() -> None:
    text = b'{"kind":"List","items":[{"kind":"PodList","items":[{"kind":"Pod","metadata":{"name":"x"}}]}]}'
    result = kpath("graph", "-f", "-", stdin=text)

    assert (2, b"") == (result.returncode, result.stdout)
    assert b"/items/0: a PodList within a list" in result.stderr


def test_a_refusal_is_named() -> None:
    text = b'{"kind":"Status","apiVersion":"v1","code":403}\n{"kind":"Pod","metadata":{"name":"x"}}'
    found = json.loads(kpath("paths", "-f", "-", "--from", "pod/x", "-o", "json", stdin=text).stdout)

    assert ["not read: the API server refused, and said so in a Status"] == [
        each["what"] for each in found["diagnostics"]
    ]


@pytest.mark.parametrize("form", ["yaml", "wide", "markdown"])
def test_every_format_takes_every_path(form: str) -> None:
    assert 0 == kpath("paths", "-f", STOREFRONT, *FROM_WEB, "-o", form).returncode


def test_graphml_is_xml() -> None:
    found = ElementTree.fromstring(kpath("graph", "-f", STOREFRONT, "-o", "graphml").stdout)

    assert found.tag.endswith("graphml")


def test_an_output_file_leaves_what_is_beside_it_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "out.part").write_text("keep")
    (tmp_path / "link").symlink_to(tmp_path / "out")
    kpath("paths", "-f", STOREFRONT, *FROM_WEB, "-O", str(tmp_path / "link"), FORCE_COLOR="1")

    assert "keep" == (tmp_path / "out.part").read_text()
    assert (tmp_path / "link").is_symlink()
    assert "CRITICAL" in (tmp_path / "out").read_text()
    assert "\x1b" not in (tmp_path / "out").read_text()


def test_who_else_may_is_not_known_without_the_bindings() -> None:
    pods = str(Path(STOREFRONT) / "kubernetes" / "pods.json")
    result = kpath("who-can", "get", "secrets", "-f", pods)

    assert b"not collected: clusterrolebindings, clusterroles, rolebindings, roles" in result.stdout


def test_mermaid_says_that_it_cannot_tell() -> None:
    pods = str(Path(STOREFRONT) / "kubernetes" / "pods.json")
    arguments = ("paths", "-f", pods, *FROM_WEB, "--to", "cluster-admin", "-o", "mermaid")

    assert b"cannot tell" in kpath(*arguments).stdout


def test_the_version_needs_no_command() -> None:
    assert kpath("--version").stdout.startswith(b"kpath ")


def test_a_query_that_expects_the_unknown_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text('summary = "x"\nfrom = "pod/*"\nexpect = "nonee"\n')
    wrong, nowhere = (
        kpath("query", "gate", "-f", STOREFRONT, "--queries", str(folder)) for folder in (tmp_path, tmp_path / "no")
    )

    assert (2, b"nonee" in wrong.stderr) == (wrong.returncode, True)
    assert (2, True) == (nowhere.returncode, b"no such folder" in nowhere.stderr)


def test_a_sample_goes_by_its_name() -> None:
    result = kpath("paths", "-f", "sample:storefront-hardened", *FROM_WEB, "--to", "cluster-admin")

    assert b"no path to cluster-admin" in result.stdout
    assert b" sample:storefront-hardened: " in result.stdout


def test_saved_questions_are_listed_for_programs() -> None:
    assert "pods-to-metadata" in {each["name"] for each in json.loads(kpath("query", "-o", "json").stdout)}
