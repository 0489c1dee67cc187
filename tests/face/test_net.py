"""`kpath net` as its users meet it: formats, notes, exit codes, refusals, and names that attackers wrote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from test_cli import STOREFRONT, kpath
from test_hostile_names import NASTY

import kpath as face
from kpath.query.connections import Asked, Connections
from kpath.render import connections as written
from kpath.render import network
from kpath.render.boxes import drawing

GOLDEN = Path(__file__).parents[1] / "golden" / "net"
VPC = ("--engine", "vpc-cni")
WEB_TO_REDIS = ("--from", "deploy/shop/web", "--to", "shop/redis")


def net(*arguments: str, stdin: bytes = b"") -> str:
    result = kpath("net", "-f", STOREFRONT, *arguments, stdin=stdin)
    assert (0, b"") == (result.returncode, result.stderr)
    return result.stdout.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("none.txt", ()),
        ("vpc-cni.txt", VPC),
        ("vpc-cni.wide.txt", (*VPC, "-o", "wide")),
        ("vpc-cni.md", (*VPC, "-o", "markdown")),
        ("vpc-cni.dot", (*VPC, "-o", "dot")),
        ("denied.txt", (*VPC, "--from", "shop/*", "--to", "shop/redis", "--port", "6379")),
    ],
)
def test_the_sample_looks_as_reviewed(name: str, arguments: tuple[str, ...]) -> None:
    result = kpath("net", "-f", STOREFRONT, *arguments, COLUMNS="80")

    assert (0, (GOLDEN / name).read_text()) == (result.returncode, result.stdout.decode())


@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        ((*VPC, *WEB_TO_REDIS), 0, "denied"),
        ((*VPC, "--from", "shop/cart", "--to", "shop/redis", "--port", "6379"), 0, "allowed"),
        ((*VPC, "--from", "shop/cart", "--to", "shop/redis", "--port", "22"), 0, "denied"),
    ],
)
def test_a_pair_is_answered_either_way(arguments: tuple[str, ...], code: int, verdict: str) -> None:
    result = kpath("net", "-f", STOREFRONT, *arguments)

    assert code == result.returncode
    assert f"   {verdict}   ".encode() in result.stdout


def test_without_the_policies_a_denial_is_no_answer(tmp_path: Path) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "shop"}, "spec": {"podSelector": {}},
    }  # fmt: skip
    pods = [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop"}, "spec": {"containers": []}}
        for name in ("a", "b")
    ]
    for number, each in enumerate((policy, *pods)):
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    result = kpath("net", "-f", str(tmp_path), "--from", "shop/a", "--to", "shop/b", "--engine", "generic")

    assert 3 == result.returncode
    assert b"denied" in result.stdout
    assert b"not collected as a whole: networkpolicies, pods" in result.stdout


def test_json_lines_have_the_shape_that_programs_rely_on() -> None:
    result = kpath("net", "-f", STOREFRONT, *VPC, "-o", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    assert all(["source", "destination", "ports", "verdict", "why"] == list(row) for row in rows)
    assert len(rows) == len({(row["source"], row["destination"], row["ports"], row["why"]) for row in rows})
    assert {("shop/cart", "TCP 6379"), ("shop/checkout", "TCP 6379")} == {
        (row["source"], row["ports"]) for row in rows
        if row["destination"] == "shop/redis" and "netpol" in row["why"]
    }  # fmt: skip
    assert b"kpath: note: engine: vpc-cni, as asked\n" in result.stderr


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    command = [sys.executable, "-m", "kpath", "net", "-f", STOREFRONT, "-o", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        said = child.stderr.read()

    assert 0 == child.returncode
    assert all(line.startswith(b"kpath: note: ") for line in said.splitlines())


def test_json_and_yaml_are_one_object_with_what_is_to_be_known() -> None:
    found = json.loads(net("-o", "json"))

    assert found == yaml.safe_load(net("-o", "yaml"))
    assert {"source", "to", "port", "engines", "connections", "notes", "missing", "diagnostics"} == found.keys()
    assert [("none", "seen")] == [(each["name"], each["known"]) for each in found["engines"]]
    assert {"of", "at", "value", "file"} == found["engines"][0]["evidence"][0].keys()
    assert {"sources", "destinations", "ports", "verdict", "why"} == found["connections"][0].keys()


def test_the_same_question_has_the_same_bytes() -> None:
    for form in ("table", "jsonl", "dot", "svg", "mermaid", "markdown"):
        first, second = (
            kpath("net", "-f", STOREFRONT, *VPC, "-o", form, PYTHONHASHSEED=seed).stdout for seed in ("1", "2")
        )

        assert first == second


def test_svg_is_xml_and_mermaid_goes_into_markdown() -> None:
    result = kpath("net", "-f", STOREFRONT, *VPC, "-o", "svg")
    root = ElementTree.fromstring(result.stdout)

    assert root.tag.endswith("svg")
    mermaid = kpath("net", "-f", STOREFRONT, *VPC, "-o", "mermaid").stdout.decode()
    assert f"```mermaid\n{mermaid}```\n" in net(*VPC, "-o", "md")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "shop/wbe"), "`shop/wbe` is no peer in the snapshot; did you mean"),
        (("--to", "node/nowhere"), "`node/nowhere` is not in the snapshot"),
        (("--port", "http"), "`http` is no port"),
        (("--engine", "weave"), "`weave` is no engine that kpath knows; there are none, generic"),
        (("-o", "gif"), "`gif` is no format here"),
        (("-o", "all"), "`all` is no format here"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_2(arguments: tuple[str, ...], says: str) -> None:
    result = kpath("net", "-f", STOREFRONT, *arguments)
    lines = result.stderr.decode().splitlines()

    assert (2, b"", 1) == (result.returncode, result.stdout, len(lines))
    assert lines[0].startswith("kpath: ")
    assert says in lines[0]


def test_a_field_that_cannot_be_read_is_a_note_with_object_and_field(tmp_path: Path) -> None:
    spec = {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/99"}}]}]}
    policy = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "bad", "namespace": "shop"}, "spec": spec,
    }  # fmt: skip
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    result = kpath("net", "-f", STOREFRONT, "-f", str(file), *VPC)

    assert 0 == result.returncode
    assert b"kpath: note: netpol/shop/bad: /spec/ingress/0/from/0/ipBlock/cidr: is no CIDR block\n" == result.stderr
    assert b"possible" in result.stdout


def test_python_has_the_same_rows_as_the_command_line() -> None:
    graph = face.load(STOREFRONT, rules=())
    found = graph.net(engine="vpc-cni")
    lines = kpath("net", "-f", STOREFRONT, *VPC, "-o", "jsonl").stdout.decode()

    assert repr(found).startswith("<Connections: ")
    assert [json.loads(line) for line in lines.splitlines()] == found.to_dicts()
    assert ["TCP 6379"] == [each.ports for each in graph.net("cart", "redis", engine="vpc-cni", namespace="shop").rows]


@st.composite
def hostile(draw: st.DrawFn) -> list[dict[str, object]]:
    """Two pods and a policy with names that an attacker wrote."""
    space = "x" + draw(NASTY).replace("/", "")
    pods = [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": f"{number}{draw(NASTY)}".replace("/", ""),
         "namespace": space}, "spec": {"containers": [{"name": "a"}]}}
        for number in range(2)
    ]  # fmt: skip
    policy = {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1",
              "metadata": {"name": "p" + draw(NASTY).replace("/", ""), "namespace": space},
              "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}], draw(NASTY): 1}}  # fmt: skip
    return [*pods, policy]


def viewed(documents: list[dict[str, object]]) -> Connections:
    from laws.snapshots import loaded

    return Connections(loaded(documents), Asked(engine="generic"))


@given(hostile())
def test_no_format_lets_a_name_out_of_its_place(documents: list[dict[str, object]]) -> None:
    found = viewed(documents)
    for form in ("table", "wide", "markdown", "json", "yaml", "jsonl", "dot", "mermaid"):
        text = "".join(written.WRITERS[form](found))

        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) is None
    assert all(re.search("[\x00-\x1f\x7f]", line) is None for line in [*written.faults(found), *written.notes(found)])


@given(hostile())
def test_drawings_have_the_boxes_and_arrows_that_there_are(documents: list[dict[str, object]]) -> None:
    drawn = drawing(viewed(documents))
    dot = re.sub(r'"(?:[^"\\]|\\.)*"', '""', network.dot(drawn))

    assert '"' not in dot.replace('""', "")
    assert len(drawn.arrows) == len(re.findall("->", dot))
    label = r'"(?:[A-Za-z0-9/_. #;+-]|<br/>)*"'
    line = (
        rf"flowchart LR|  subgraph s\d+\[{label}\]|  end| +n\d+(?:\[{label}\]|\(\[{label}\]\))"
        rf"|  n\d+ <?(-->|-\.->)(\|{label}\|)? n\d+"
    )
    assert all(re.fullmatch(line, each) for each in network.mermaid(drawn).splitlines())
