"""`kpath iam` as its users meet it, and the same in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_cli import STOREFRONT, kpath

import kpath as face
from kpath.iam import Allowed, Denied, Undecided

ACCOUNT = "arn:aws:iam::111122223333"
DEPLOY, NODE = f"{ACCOUNT}:role/deploy", f"{ACCOUNT}:role/eks-node"


@pytest.fixture(scope="module")
def graph() -> face.Graph:
    return face.load(STOREFRONT, rules=())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("can", "eks-node", "sts:AssumeRole", DEPLOY), 0, "yes\n"),
        (("can", NODE, "ec2:RunInstances"), 1, "no\n"),
        (("can", f"{ACCOUNT}:root", "ec2:RunInstances"), 0, "yes\n"),
        (("can", "arn:aws:sts::111122223333:assumed-role/eks-node/i-0", "sts:AssumeRole", DEPLOY), 0, "yes\n"),
        (("can", "deploy", "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1"), 3, "kms get-key-policy"),
        (("can", "arn:aws:iam::444455556666:role/x", "s3:GetObject"), 3, "get-account-authorization-details"),
        (("who-can", "sts:AssumeRole", DEPLOY), 0, f"{NODE} "),
        (("who-can", "nothing:AtAll", "arn:aws:s3:::x"), 0, f"{DEPLOY} "),
        (("who-can", "sts:AssumeRoleWithSAML", DEPLOY), 1, "nobody may sts:AssumeRoleWithSAML on"),
    ],
)
def test_answers_and_exit_codes(arguments: tuple[str, ...], code: int, says: str) -> None:
    result = kpath("iam", *arguments, "-f", STOREFRONT)

    assert (code, b"") == (result.returncode, result.stderr)
    assert says in result.stdout.decode()
    assert "not collected: organizations list-policies-for-target" in result.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("can", "deplyo", "s3:GetObject"), "did you mean deploy?"),
        (("can", f"{ACCOUNT}:role/deplyo", "s3:GetObject"), f"did you mean {DEPLOY}?"),
        (("can", "deploy", "s3:*"), "`s3:*` is no action"),
        (("can", "deploy", "s3:GetObject", "shop"), "`shop` is no resource"),
        (("can", "deploy", "s3:GetObject", "--context", "x"), "`x` is no condition key with its value"),
        (("can", "deploy", "s3:GetObject", "-o", "svg"), "`svg` is no format"),
        (("who-can", "s3"), "`s3` is no action"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_2(arguments: tuple[str, ...], says: str) -> None:
    result = kpath("iam", *arguments, "-f", STOREFRONT)
    lines = result.stderr.decode().splitlines()

    assert (2, b"", 1) == (result.returncode, result.stdout, len(lines))
    assert says in lines[0]


def test_json_and_yaml_hold_the_same_and_keep_their_shape() -> None:
    def asked(*arguments: str) -> dict[str, Any]:
        as_json = json.loads(kpath("iam", *arguments, "-f", STOREFRONT, "-o", "json").stdout)
        assert as_json == yaml.safe_load(kpath("iam", *arguments, "-f", STOREFRONT, "-o", "yaml").stdout)
        return as_json  # type: ignore[no-any-return]

    can, who = asked("can", "eks-node", "sts:AssumeRole", DEPLOY), asked("who-can", "sts:AssumeRole", DEPLOY)

    assert ["verdict", "because", "assumptions", "missing"] == [*can] == [*who]
    assert {"of", "at", "value", "file"} == can["because"][0].keys()
    assert {"principal", "verdict", "statements", "evidence", "assumptions"} == who["because"][0].keys()
    assert f"{NODE}/RolePolicyList/0/PolicyDocument/Statement/3" in str(who)


def test_conditions_are_settled_by_what_is_said_of_their_keys(tmp_path: Path) -> None:
    allow = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }
    role = {"Arn": f"{ACCOUNT}:role/app", "RoleName": "app", "AssumeRolePolicyDocument": {"Statement": []},
            "RolePolicyList": [{"PolicyName": "office", "PolicyDocument": {"Statement": [allow, {"Effect": "Alow"}]}}],
            "AttachedManagedPolicies": []}  # fmt: skip
    file = tmp_path / "iam.json"
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    file.write_text(json.dumps(details))
    role["RolePolicyList"][0]["PolicyDocument"]["Statement"].pop()  # type: ignore[index]
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(details))
    asked = ("iam", "can", "app", "s3:ListAllMyBuckets", "-f")

    assert 3 == kpath(*asked, str(plain)).returncode
    assert b"if aws:SourceIp is in 10.0.0.0/8" in kpath(*asked, str(plain)).stdout
    assert 0 == kpath(*asked, str(plain), "--context", "aws:SourceIp=10.1.1.1").returncode
    assert 1 == kpath(*asked, str(plain), "--absent", "aws:SourceIp").returncode
    assert (
        f"statement 1 of policy office of {ACCOUNT}:role/app has an unknown Effect"
        in kpath(*asked, str(file), "--absent", "*").stdout.decode()
    )


def test_python_says_the_same(graph: face.Graph) -> None:
    assert isinstance(graph.iam_can("eks-node", "sts:AssumeRole", DEPLOY), Allowed)
    assert isinstance(graph.iam_can(NODE, "ec2:RunInstances"), Denied)
    assert isinstance(graph.iam_can("deploy", "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1"), Undecided)
    assert NODE in [each.principal for each in graph.iam_who_can("sts:AssumeRole", DEPLOY)]


def test_kubectl_completes_commands_of_two_words() -> None:
    import typer

    from kpath.cli import commands
    from kpath.cli.completion import completions

    app = typer.Typer()
    commands.register(app)

    assert ["can", "who-can"] == completions(app, ["iam", ""])
    assert ["--absent"] == completions(app, ["iam", "can", "--ab"])
