"""`kpath.iam`, as others use it: what it says, what it takes, what it refuses."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

import kpath.iam
from kpath.errors import UsageError
from kpath.iam import UNKNOWN, Allowed, Denied, Policies, Request, Statement, Undecided, decide, statements
from kpath.verdict import word

NAMES = {
    "BOB": "arn:aws:iam::111122223333:user/staff/bob", "WORKER": "arn:aws:iam::111122223333:role/team/worker",
    "SESSION": "arn:aws:sts::111122223333:assumed-role/worker/ci", "DEPLOY": "arn:aws:iam::111122223333:role/deploy",
    "ROOT": "arn:aws:iam::111122223333:root", "STRANGER": "arn:aws:iam::444455556666:role/stranger",
    "LINKED": "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/R", "PODS": "pods.eks.amazonaws.com",
    "KEY": "arn:aws:kms:eu-west-1:111122223333:key/1", "FILE": "arn:aws:s3:::shop/bob/orders",
    "PROVIDER": "arn:aws:iam::111122223333:oidc-provider/x.example", "GET": "s3:GetObject", "ASSUME": "sts:AssumeRole",
}  # fmt: skip
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "requests.yaml").read_text())
KINDS = {"identity": "identity", "boundary": "boundary", "session_policy": "session", "scps": "scps", "rcps": "rcps",
         "resource": "resource"}  # fmt: skip
BOB, FILE = NAMES["BOB"], NAMES["FILE"]
ASKED = {"principal": BOB, "action": "s3:GetObject", "resource": FILE}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _named(each) for key, each in value.items()}
    return [_named(each) for each in value] if isinstance(value, list) else NAMES.get(value, value)


def _document(statement: Any, *, version: str | None, names: bool) -> Any:
    if isinstance(statement, list):
        return [_document(each, version=version, names=names) for each in statement]
    if not isinstance(statement, dict):
        return statement
    whole = dict(statement)
    if not whole.keys() & {"Action", "NotAction"}:
        whole["Action"] = "*"
    if not names and not whole.keys() & {"Resource", "NotResource"}:
        whole["Resource"] = "*"
    return {"Version": version, "Statement": whole} if version else {"Statement": [whole]}


@pytest.mark.parametrize("case", CASES, ids=[each["case"] for each in CASES])
def test_each_case_is_decided_as_aws_does(case: dict[str, Any]) -> None:
    case = {**_named(case), "case": case["case"]}
    version = case.get("version", "2012-10-17")
    request = {"principal": case["of"], "action": case["do"], "resource": case["to"]}
    request |= {name: case[name] for name in ("context", "absent", "chosen") if name in case}
    policies = {
        field: _document(case[name], version=version, names=name in ("resource", "rcps"))
        for name, field in KINDS.items()
        if name in case
    }

    assert case["says"] == word(decide(request, policies))


def test_the_example_of_the_module_is_true() -> None:
    assert doctest.testmod(kpath.iam).failed == 0


def test_every_answer_names_the_statements_that_decide() -> None:
    office = {**EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    allow, deny = {"Statement": EVERYTHING}, {"Statement": [EVERYTHING, {**EVERYTHING, "Effect": "Deny"}]}

    allowed = decide(ASKED, {"identity": {"Reader": allow}, "scps": [[allow]]})
    denied = decide(ASKED, {"identity": [allow, deny]})
    undecided = decide(ASKED, {"identity": {"Office": {"Statement": [office]}}})

    assert isinstance(allowed, Allowed)
    assert statements(allowed) == (Statement("identity/Reader", "/Statement"), Statement("scps/0/0", "/Statement"))
    assert isinstance(denied, Denied)
    assert statements(denied) == (Statement("identity/1", "/Statement/1"),)
    assert isinstance(undecided, Undecided)
    assert statements(undecided) == (Statement("identity/Office", "/Statement/0"),)
    assert undecided.assumes[0].what == "if aws:SourceIp is in 10.0.0.0/8 (Statement/0 of identity/Office)"


FORMS = (
    dict, json.dumps, lambda each: quote(json.dumps(each)), lambda each: json.dumps(each).encode(),
    lambda each: json.dumps(json.dumps(each)), lambda each: "\ufeff" + json.dumps(each),
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_document_may_be_given_as_object_or_text(form: Any) -> None:
    assert decide(ASKED, {"identity": form({"Statement": EVERYTHING})}) == decide(
        Request(BOB, "s3:GetObject", FILE), Policies([{"Statement": EVERYTHING}])
    )


@pytest.mark.parametrize(
    ("request_", "policies", "says"),
    [
        ({**ASKED, "principal": "bob"}, {}, "`bob` is nobody to IAM"),
        ({**ASKED, "principal": "arn:aws:s3:::shop"}, {}, "is no principal"),
        ({**ASKED, "action": "s3:*"}, {}, "`s3:*` is no action"),
        ({**ASKED, "action": "GetObject"}, {}, "`GetObject` is no action"),
        ({**ASKED, "resource": "shop"}, {}, "`shop` is no resource"),
        ({**ASKED, "where": "x"}, {}, "`where` is no field of the request; there are principal, action"),
        (ASKED, {"identities": []}, "`identities` is no field of the policies"),
        ({"principal": BOB}, {}, "the request names no principal or no action"),
        ({**ASKED, "context": ["x"]}, {}, "a mapping from condition keys to values"),
        ({**ASKED, "context": {"x:k": {"a": 1}}}, {}, "the value of the condition key `x:k`"),
        (ASKED, {"scps": {"Statement": EVERYTHING}}, "scps is a list with an entry per level"),
        ({**ASKED, "session": 5}, {}, "the session of the request is a text"),
        ("x", {}, "the request is a kpath.iam.Request"),
    ],
)
def test_what_cannot_be_asked_says_what_could(request_: Any, policies: Any, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        decide(request_, policies)

    assert says in str(refused.value)


def _deep() -> dict[str, Any]:
    found: dict[str, Any] = {}
    inner = found
    for _ in range(50_000):
        inner["a"] = {}
        inner = inner["a"]
    return found


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (5, "identity/0 is no policy document"),
        ("[" * 100_000, "identity/0 is no policy document"),
        (b"\xff\xfe", "identity/0 is no policy document"),
        ({"statement": EVERYTHING}, "identity/0 is no policy document"),
        ({"Version": "2020-01-01", "Statement": EVERYTHING}, "identity/0 has an unknown Version"),
        ({"Version": 3, "Statement": EVERYTHING}, "identity/0 has an unknown Version"),
        ({"Statement": EVERYTHING, "Statements": []}, "identity/0 has the unknown element `Statements`"),
        ({"Statement": [EVERYTHING | {"Effect": "allow"}]}, "Statement/0 of identity/0 has an unknown Effect"),
        ({"Statement": [EVERYTHING | {"Effect": ["Allow"]}]}, "Statement/0 of identity/0 has an unknown Effect"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "Statement of identity/0 names no Action"),
        ({"Statement": EVERYTHING | {"Conditon": {}}}, "has the unknown element `Conditon`"),
        ({"Statement": EVERYTHING | {"Action": 5}}, "has an unreadable Action"),
        ({"Statement": EVERYTHING | {"NotAction": "*"}}, "has both Action and NotAction"),
        ({"Statement": EVERYTHING | {"Condition": {"Bool": {"x": None}}}}, "unreadable values of the condition `Bool`"),
        ({"Statement": EVERYTHING | {"Condition": {"StringEquals": {"x": [_deep()]}}}}, "is nested too deep"),
        (None, "identity/0 is not known"),
        (UNKNOWN, "identity/0 is not known"),
    ],
)
def test_what_iam_would_refuse_is_undecided_and_named(document: Any, names: str) -> None:
    verdict = decide(ASKED, {"identity": [document]})

    assert isinstance(verdict, Undecided)
    assert any(names in each.what for each in verdict.assumes)


@pytest.mark.parametrize(
    "document",
    [
        {"Statement": EVERYTHING},
        {"Id": "x", "Statement": (EVERYTHING,)},
        {"Statement": [EVERYTHING | {"Sid": "same"}, EVERYTHING | {"Sid": "same"}]},
        {"Version": yaml.safe_load("2012-10-17"), "Statement": EVERYTHING},
        {"Statement": EVERYTHING | {"Action": ["*"], "Resource": ["*"]}},
    ],
)
def test_what_aws_takes_though_it_looks_odd_is_read(document: Any) -> None:
    assert isinstance(decide(ASKED, {"identity": [document]}), Allowed)


MACHINE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"


@pytest.mark.parametrize("key", ["aws:RequestedRegion", "ec2:Region"])
@pytest.mark.parametrize(
    ("resource", "region", "context", "expected"),
    [
        (MACHINE, "eu-west-1", {}, Allowed),
        (MACHINE, "us-east-1", {}, Denied),
        (MACHINE, "us-east-1", "us-east-1", Allowed),
        (MACHINE.replace("eu-west-1", "*"), "us-east-1", {}, None),
        ("*", "us-east-1", {}, None),
    ],
)
def test_a_resource_is_asked_about_in_its_region(
    key: str, resource: str, region: str, context: Any, expected: type | None
) -> None:
    allow = EVERYTHING | {"Condition": {"StringEquals": {key: region}}}
    given = {key: context} if context else {}
    asked = {"principal": BOB, "action": "ec2:StartInstances", "resource": resource, "context": given}

    # Where no resource says so, the caller picks the region; what EC2 makes of it nobody tells.
    by_whom = Allowed if key == "aws:RequestedRegion" else Undecided
    assert isinstance(decide(asked, {"identity": {"Statement": allow}}), expected or by_whom)


def test_a_denial_elsewhere_is_one_of_resources_elsewhere() -> None:
    guard = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    guard |= {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}
    policies = {"identity": {"Statement": [EVERYTHING, guard]}}
    asked = {"principal": BOB, "action": "ec2:StartInstances", "resource": MACHINE}

    assert isinstance(decide(asked, policies), Denied)
    assert isinstance(decide(asked | {"resource": MACHINE.replace("eu-west-1", "us-east-1")}, policies), Allowed)
