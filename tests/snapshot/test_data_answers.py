"""Answers of the AWS CLI about data: told apart by what they hold and by what stands beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kpath.errors import SnapshotError
from kpath.model.load import load
from kpath.model.tables import Data, Model
from kpath.query.iam import can
from kpath.refs import Ref
from kpath.verdict import Allowed, Denied, Undecided

HERE = "arn:aws:{}:eu-west-1:111122223333:{}"
KEY, TABLE = HERE.format("kms", "key/k-1"), HERE.format("dynamodb", "table/orders")
TEXT = json.dumps({"Version": "2012-10-17", "Statement": []})
CLUSTER = {"cluster": {"name": "shop", "arn": HERE.format("eks", "cluster/shop")}}


def read(tmp_path: Path, *answers: dict[str, Any]) -> Model:
    for number, answer in enumerate(answers):
        (tmp_path / f"{number}.json").write_text(json.dumps(answer))
    return load([str(tmp_path)])


@pytest.mark.parametrize(
    ("answer", "table", "expected"),
    [
        ({"KeyId": "k-1", "PolicyName": "default", "Policy": TEXT}, "aws_keys", Data(Ref(KEY), TEXT, "/Policy")),
        ({"KeyId": KEY, "Policy": TEXT}, "aws_keys", Data(Ref(KEY), TEXT, "/Policy")),
        (
            {"ResourceArn": TABLE, "Policy": TEXT, "RevisionId": "1"},
            "aws_tables", Data(Ref(TABLE), TEXT, "/Policy"),
        ),
        ({"Bucket": "logs", "Policy": TEXT}, "buckets", Data(Ref("arn:aws:s3:::logs"), TEXT, "/Policy")),
        (
            {"registryId": "111122223333", "repositoryName": "team/app", "policyText": TEXT},
            "aws_repositories", Data(Ref(HERE.format("ecr", "repository/team/app")), TEXT, "/policyText"),
        ),
        (
            {"ResourceArn": HERE.format("ssm", "parameter/db"), "Policies": [{"PolicyId": "p", "Policy": TEXT}]},
            "aws_parameters", Data(Ref(HERE.format("ssm", "parameter/db")), TEXT, "/Policies/0/Policy"),
        ),
        ({"TableNames": ["orders"]}, "aws_tables", Data(Ref(TABLE))),
        (
            {"Parameters": [{"Name": "/a/b", "Type": "SecureString", "KeyId": "alias/x"}]},
            "aws_parameters", Data(Ref(HERE.format("ssm", "parameter/a/b")), key=Ref(HERE.format("kms", "alias/x"))),
        ),
        (
            {"DBClusterSnapshotAttributesResult": {
                "DBClusterSnapshotIdentifier": "w",
                "DBClusterSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["444455556666"]}]}},
            "aws_snapshots",
            Data(Ref(HERE.format("rds", "cluster-snapshot:w")),
                 shared=(("444455556666", "/DBClusterSnapshotAttributes/0/AttributeValues/0"),)),
        ),
    ],
)  # fmt: skip
def test_what_an_answer_is_about(tmp_path: Path, answer: dict[str, Any], table: str, expected: Data) -> None:
    model = read(tmp_path, CLUSTER, answer)

    assert [expected] == list(getattr(model, table).values())
    assert model.diagnostics == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"PolicyName": "default", "Policy": json.dumps({"Statement": [{"Resource": "arn:aws:s3:::logs"}]})},
        {"Policy": {"Arn": "arn:aws:iam::111122223333:policy/x"}},
        {"Policy": TEXT},
        {"ResourceArn": HERE.format("sns", "topic"), "Policy": TEXT},
    ],
)
def test_a_policy_of_which_nothing_says_whose_it_is_is_named_as_unread(tmp_path: Path, answer: dict[str, Any]) -> None:
    model = read(tmp_path, answer)

    assert ["not read: neither a Kubernetes object nor an answer that kpath knows"] == [
        each.what for each in model.diagnostics
    ]


def test_what_has_no_arn_is_named_where_nothing_says_where_it_is(tmp_path: Path) -> None:
    model = read(tmp_path, {"TableNames": ["orders"]})

    assert {} == dict(model.aws_tables)
    assert "`orders`" in model.diagnostics[0].what


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"Parameters": [{"Name": 5}]}, "/Parameters/0/Name: expected `str`, got `int`"),
        ({"Parameters": [{"ARN": "x", "Type": "String"}]}, "/Parameters/0/ARN: expected an ARN of ssm"),
        ({"Keys": [{"KeyArn": TABLE}]}, "/Keys/0/KeyArn: expected an ARN of kms"),
        ({"Policy": 5}, "/Policy: expected `str | object | null`, got `int`"),
        ({"Bucket": 7}, "/Bucket: expected `str | null`, got `int`"),
        ({"Policies": [{"PolicyId": "x"}]}, "/Policies/0: expected an `Arn`"),
        ({"Table": [1]}, "/Table: expected `object | null`, got `array`"),
        ({"repositories": [{"repositoryArn": 1}]}, "/repositories/0/repositoryArn: expected `str`"),
        ({"DBSnapshots": [{"DBSnapshotArn": KEY}]}, "/DBSnapshots/0/DBSnapshotArn: expected an ARN of rds"),
    ],
)
def test_a_wrong_type_is_one_line_that_names_file_and_field(tmp_path: Path, answer: dict[str, Any], says: str) -> None:
    with pytest.raises(SnapshotError, match=r"0\.json") as raised:
        read(tmp_path, answer)

    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


WHO = "arn:aws:iam::111122223333:role/web"
ROLE = {
    "Arn": WHO, "RoleName": "web", "AssumeRolePolicyDocument": {"Statement": []}, "AttachedManagedPolicies": [],
    "RolePolicyList": [],
}  # fmt: skip
LETS = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": WHO},
            "Action": ["kms:Decrypt", "dynamodb:*"],
            "Resource": "*",
        }
    }
)


@pytest.mark.parametrize(
    ("answers", "action", "resource", "expected"),
    [
        ([{"KeyId": KEY, "Policy": LETS}], "kms:Decrypt", KEY, Allowed),
        ([{"KeyId": KEY, "Policy": LETS}], "kms:Encrypt", KEY, Denied),
        ([], "kms:Decrypt", KEY, Undecided),
        ([{"ResourceArn": TABLE, "Policy": LETS}], "dynamodb:Query", f"{TABLE}/index/by-day", Allowed),
        ([{"TableNames": ["orders"]}], "dynamodb:Query", TABLE, Denied),
        ([], "dynamodb:Query", TABLE, Undecided),
    ],
)  # fmt: skip
def test_iam_can_weighs_the_policy_of_the_resource(
    tmp_path: Path, answers: list[dict[str, Any]], action: str, resource: str, expected: type
) -> None:
    model = read(tmp_path, {"RoleDetailList": [ROLE]}, CLUSTER, *answers)

    assert isinstance(can(model, WHO, action, resource, context={}, absent=()), expected)
