"""Answers of the AWS CLI as nobody should write them: they are read or refused by name, and never crash kpath."""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rule_tables
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpath.errors import SnapshotError
from kpath.graph.derive import derived
from kpath.model.load import load
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import rules
from kpath.snapshot.patch import Patch

Place = tuple[str | int, ...]

ROLE = "arn:aws:iam::111122223333:role/ops"
TABLES = [
    name for name in rule_tables.names() if any("aws" == ref.kind for ref in next(rule_tables.cases(name)).documents)
]
GONE = "(gone)"
ODD: tuple[Any, ...] = (
    GONE, None, [], {}, "", "x", "x" * 2000, 3, 1.5, True, [None], [[]], ["a"], {"a": 1}, "*", "arn:", ":::::",
    "arn:aws:ec2", "arn:aws:iam::1", "arn:aws:iam::111122223333:role/", "arn:aws:iam::aws:policy/", "${aws:username",
    "arn:*:iam::*:role/*", "arn:aws:iam::111122223333:instance-profile/a/b", "2012-10-17", "-1", "2", "\u202e\x1b[31m",
    "{", "%7B", "(((", "i-",
    {"AWS": ["*", 3]}, {"StringEquals": {"a": {}}}, {"ForAllValues:StringLike": {"sts:x": None}}, "eu-west-1-lax-1a",
)  # fmt: skip


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a document but the whole of it."""
    keys: Any = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield (*at, key)
        yield from places(document[key], (*at, key))


def put(document: Any, at: Place, value: Any) -> None:
    for key in at[:-1]:
        document = document[key]
    if value == GONE:
        del document[at[-1]]
    else:
        document[at[-1]] = copy.deepcopy(value)


@st.composite
def mutilated(draw: st.DrawFn) -> rule_tables.Case:
    """A case of some rule, of which one or two fields of AWS's answers are not as they should be."""
    name = draw(st.sampled_from(TABLES))
    case = draw(st.sampled_from(list(rule_tables.cases(name))))
    answers = [each for ref, each in case.documents.items() if ref.kind == "aws"]
    for _ in range(draw(st.integers(1, 2))):
        answer = draw(st.sampled_from(answers))
        if found := list(places(answer)):
            put(answer, draw(st.sampled_from(found)), draw(st.sampled_from(ODD)))
    return case


@given(mutilated())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_an_answer_is_read_or_refused(case: rule_tables.Case) -> None:
    with contextlib.suppress(SnapshotError):
        _derived(case.documents)


def _derived(documents: dict[Ref, Any]) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        case = rule_tables.Case("", "", documents, [], administrators=True)
        model = load([case.written(Path(folder))])
        list(derived(model, list(rules().values())))
        return model


def _role(**fields: Any) -> dict[str, Any]:
    return {"Arn": ROLE, "RoleName": "ops", "RolePolicyList": [], "AttachedManagedPolicies": []} | fields


TRUST = {"Version": "2012-10-17", "Statement": []}
INSTANCE = {"InstanceId": "i-0a1", "Placement": {"AvailabilityZone": "eu-west-1a"},
            "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/nodes"}}  # fmt: skip
PROFILE = {"Arn": "arn:aws:iam::111122223333:instance-profile/nodes", "InstanceProfileName": "nodes"}


@pytest.mark.parametrize(
    ("answer", "at"),
    [
        ({"RoleDetailList": [_role(Arn="*")]}, "/RoleDetailList/0/Arn"),
        ({"RoleDetailList": [_role(), _role(Arn="arn:aws:iam::111122223333:user/x")]}, "/RoleDetailList/1/Arn"),
        ({"UserDetailList": [{"Arn": "arn:aws:ec2"}]}, "/UserDetailList/0/Arn"),
        ({"InstanceProfiles": [PROFILE | {"Roles": [{"RoleName": "nodes"}]}]}, "/InstanceProfiles/0/Roles/0/Arn"),
        ({"InstanceProfiles": [PROFILE | {"Roles": [{"Arn": "nodes"}]}]}, "/InstanceProfiles/0/Roles/0/Arn"),
        ({"nodegroup": {"nodegroupName": "x", "nodeRole": "nodes"}}, "/nodegroup/nodeRole"),
        ({"accessEntry": {"principalArn": "bob"}}, "/accessEntry/principalArn"),
        ({"cluster": {"name": "shop", "arn": "shop"}}, "/cluster/arn"),
    ],
)
def test_what_is_called_by_no_arn_is_refused_by_its_field(answer: dict[str, Any], at: str) -> None:
    with pytest.raises(SnapshotError) as refused:
        _derived({Ref("aws/answer"): answer})

    assert refused.value.at == at
    assert refused.value.problem.startswith("expected ")
    assert refused.value.file.endswith("aws-answer.json")


@pytest.mark.parametrize("arn", ["arn:aws:ec2", "fence", "arn:", ""])
def test_a_policy_called_by_no_arn_is_one_that_nobody_knows(arn: str) -> None:
    for held in ({"AttachedManagedPolicies": [{"PolicyArn": arn}]},
                 {"PermissionsBoundary": {"PermissionsBoundaryArn": arn}}):  # fmt: skip
        _derived({Ref("aws/account"): {"RoleDetailList": [_role(**held)]}})


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("trust", [TRUST, yaml.safe_load('"%7B%22Version%22:%222012-10-17%22,%22Statement%22:[]%7D"')])
def test_of_two_answers_about_a_role_the_fuller_counts(trust: Any, is_first: bool) -> None:
    details = {"RoleDetailList": [_role(AssumeRolePolicyDocument=TRUST)], "UserDetailList": []}
    alone = {"Role": {"Arn": ROLE, "RoleName": "ops", "AssumeRolePolicyDocument": trust}}
    names = ("aws/a", "aws/b") if is_first else ("aws/b", "aws/a")
    model = _derived({Ref(names[0]): details, Ref(names[1]): alone})

    assert model.aws_roles[Ref(ROLE)].is_whole
    assert model.files[ROLE].endswith(f"aws-{Ref(names[0]).name}.json")


def test_two_answers_that_contradict_each_other_are_refused() -> None:
    details = {"RoleDetailList": [_role(AssumeRolePolicyDocument=TRUST)]}
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    alone = {"Role": {"Arn": ROLE, "RoleName": "ops", "AssumeRolePolicyDocument": other}}

    with pytest.raises(SnapshotError, match="there twice"):
        _derived({Ref("aws/a"): details, Ref("aws/b"): alone})


def test_a_patch_is_of_both_answers() -> None:
    details = {"RoleDetailList": [_role(AssumeRolePolicyDocument=TRUST)]}
    alone = {"Role": {"Arn": ROLE, "RoleName": "ops", "AssumeRolePolicyDocument": TRUST}}
    at = "/AssumeRolePolicyDocument/Version"
    patch = (
        Patch.replace(Ref(ROLE), at, "2008-10-17").operations + Patch.remove(Ref(ROLE), "/RolePolicyList").operations
    )
    documents = {Ref("aws/a"): details, Ref("aws/b"): alone}
    with tempfile.TemporaryDirectory() as folder:
        path = rule_tables.Case("", "", documents, [], administrators=True).written(Path(folder))
        role = load([path], Patch(patch)).aws_roles[Ref(ROLE)]

    assert role.role_policy_list is None
    assert b"2008-10-17" in bytes(role.assume_role_policy_document)


def test_numbers_may_be_written_as_text() -> None:
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": "2"}
    instance = INSTANCE | {"MetadataOptions": options}
    model = _derived({Ref("aws/instances"): {"Reservations": [{"OwnerId": "111122223333", "Instances": [instance]}]}})

    (found,) = model.instances.values()
    assert found.metadata_options is not None
    assert found.metadata_options.http_put_response_hop_limit == 2
