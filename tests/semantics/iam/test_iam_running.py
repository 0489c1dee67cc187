"""Each way through what already runs as a role: what is there counts, and only what was not collected is assumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from iam_accounts import HOME, Account
from iam_running import ARNS, CLUSTER, HERE, Json, listed, none, shown

from kpath.errors import SnapshotError
from kpath.model.load import load
from kpath.rules import Step
from kpath.semantics.iam.escalation.table import Way, ways

THROUGH = [way for way in ways() if way.runs is not None]
_BY_ID = {way.id: way for way in ways()}
# A way whose parent takes the same permissions, for something else, is not told where all are had.
OF_PARENT = {way.id for way in THROUGH if way.parent and set(_BY_ID[way.parent].actions) <= set(way.actions)}
READ = [way for way in THROUGH if way.runs is not None and way.runs.name in ARNS and way.id not in OF_PARENT]
TARGET, OTHER = f"arn:aws:iam::{HOME}:role/target", f"arn:aws:iam::{HOME}:role/other"

each_way = pytest.mark.parametrize("way", READ, ids=lambda way: way.id)
each_kind = pytest.mark.parametrize("kind", ARNS)


def kind_of(way: Way) -> str:
    assert way.runs is not None
    return way.runs.name


def to_target(account: Account, way: Way) -> list[Step]:
    return [step for step in account.steps() if step.way == way.id and TARGET in targets(step)]


def targets(step: Step) -> set[str]:
    return {step.targets} if isinstance(step.targets, str) else set(step.targets)


def test_every_kind_but_one_is_read() -> None:
    """A launch template says neither its account nor its region."""
    assert {way.runs.name for way in THROUGH if way.runs} - ARNS.keys() == {"ec2_launch_templates"}


@pytest.mark.parametrize("way", THROUGH, ids=lambda way: way.id)
def test_what_was_not_collected_is_assumed_and_named(way: Way) -> None:
    assert way.runs is not None

    found = [each for step in Account(way).steps() if TARGET in targets(step) for each in step.assumes]

    assert (f"{way.runs.what} has the role", way.runs.call) in {(each.what, each.missing) for each in found}


@each_way
def test_what_is_there_is_certain_but_for_what_else_must_hold(way: Way) -> None:
    account = Account(way)
    account.there = shown(kind_of(way), TARGET)

    certain = [
        step for step in to_target(account, way)
        if {each.what for each in step.assumes} == ({way.given} if way.given and not way.also else set())
    ]  # fmt: skip

    [step] = certain
    assert ARNS[kind_of(way)] in {fact.of for fact in step.because}
    assert TARGET in {fact.value for fact in step.because}
    assert not way.also or way.also in {fact.at for fact in step.because}


@each_way
def test_what_has_another_role_leads_to_that_role(way: Way) -> None:
    kind = kind_of(way)
    account = Account(way)
    account.there = [*shown(kind, OTHER), *(listed(kind, [ARNS[kind]]) if kind != "ecs_tasks" else [])]
    if kind == "ec2_instances":
        role = {"RoleName": "other", "Arn": OTHER}
        profile = f"arn:aws:iam::{HOME}:instance-profile/other"
        account.there.append({"InstanceProfiles": [{"Arn": profile, "InstanceProfileName": "other", "Roles": [role]}]})

    steps = account.steps()

    assert any(step.way == way.id and targets(step) == {OTHER} for step in steps)
    if kind != "ecs_tasks":
        # There may be other tasks as long as there is a cluster.
        assert to_target(account, way) == []


@each_way
def test_where_there_is_none_there_is_no_way(way: Way) -> None:
    account = Account(way)
    account.there = none(kind_of(way))

    assert account.steps() == []


@each_way
def test_the_very_thing_is_asked_for(way: Way) -> None:
    kind = kind_of(way)
    account = Account(way)
    account.there = [*shown(kind, TARGET), *listed(kind, [ARNS[kind]])]
    for each in account.own:
        each["Resource"] = ARNS[kind].replace("dev", "prod").replace("i-0a1b", "i-0c2d")

    certain = [step for step in account.steps() if all("has the role" not in each.what for each in step.assumes)]

    assert certain == []


@each_way
def test_a_denial_for_the_very_thing_closes_the_way(way: Way) -> None:
    kind = kind_of(way)
    account = Account(way)
    account.there = [*shown(kind, TARGET), *listed(kind, [ARNS[kind]])]
    account.own.append({"Effect": "Deny", "Action": "*", "Resource": [ARNS[kind], CLUSTER]})

    certain = [step for step in account.steps() if all("has the role" not in each.what for each in step.assumes)]

    assert certain == []


@pytest.mark.parametrize("way", [way for way in READ if way.also], ids=lambda way: way.id)
def test_what_lacks_the_field_that_it_takes_is_no_way(way: Way) -> None:
    kind = kind_of(way)
    account = Account(way)
    key = way.also.split("/")[1]
    account.there = shown(kind, TARGET)
    for holder in _holders(account.there):
        holder.pop(key, None)

    assert all(step.assumes for step in account.steps())


def _holders(found: Any) -> list[Json]:
    if isinstance(found, dict):
        return [found, *(each for value in found.values() for each in _holders(value))]
    return [each for value in found for each in _holders(value)] if isinstance(found, list) else []


@each_kind
def test_a_named_thing_that_was_not_shown_may_have_any_role(kind: str, tmp_path: Path) -> None:
    """Names alone say nothing of roles."""
    way = next(way for way in READ if kind_of(way) == kind)
    names = listed(kind, [ARNS[kind], f"{ARNS[kind]}-2"])

    model = loaded(tmp_path, [*shown(kind, TARGET), *names])

    assert way.runs is not None
    assert (way.runs.call in model.coverage.listed) is not bool(names)


WRONG = [
    ({"Functions": [{"FunctionArn": f"arn:aws:lambda:{HERE}:function:dev", "Role": 7}]}, "/Functions/0/Role"),
    ({"Functions": [{"FunctionArn": f"arn:aws:lambda:{HERE}:function:dev", "Role": "dev"}]}, "/Functions/0/Role"),
    ({"Functions": [{"FunctionArn": "dev", "Role": TARGET}]}, "/Functions/0"),
    ({"Functions": [{"Role": TARGET}]}, "/Functions/0"),
    ({"Functions": {}}, "/Functions"),
    ({"projects": [{"name": "dev", "arn": ARNS["codebuild_projects"], "serviceRole": []}]}, "/projects/0/serviceRole"),
    ({"Stacks": [{"StackId": ARNS["cloudformation_stacks"], "RoleARN": "x"}]}, "/Stacks/0/RoleARN"),
    ({"NotebookInstanceArn": ARNS["sagemaker_notebooks"], "RoleArn": {}}, "/RoleArn"),
    ({"stateMachineArn": ARNS["state_machines"], "roleArn": "x"}, "/roleArn"),
    (
        {"Service": {"ServiceArn": ARNS["apprunner_services"], "InstanceConfiguration": []}},
        "/Service/InstanceConfiguration",
    ),
    ({"DevEndpoints": [{"EndpointName": "dev", "RoleArn": "dev"}]}, "/DevEndpoints/0/RoleArn"),
    ({"tasks": [{"taskArn": 1}]}, "/tasks/0/taskArn"),
    ({"tasks": [{"taskArn": ARNS["ecs_tasks"], "overrides": {"taskRoleArn": "x"}}]}, "/tasks/0/overrides/taskRoleArn"),
    ({"taskDefinition": {"taskDefinitionArn": "x", "taskRoleArn": "x"}}, "/taskDefinition/taskRoleArn"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "at"), WRONG)
def test_a_wrong_type_is_told_with_file_and_field(answer: Json, at: str, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        loaded(tmp_path, [answer])

    said = str(caught.value)
    assert "0.json" in said
    assert at in said
    assert "\n" not in said


def test_code_environment_and_user_data_are_not_kept(tmp_path: Path) -> None:
    function = {
        "FunctionArn": ARNS["lambda_functions"],
        "Role": TARGET,
        "Environment": {"Variables": {"KEY": "hidden"}},
    }

    model = loaded(tmp_path, [{"Functions": [function]}])

    assert "hidden" not in repr(model.aws_resources)


def loaded(folder: Path, answers: list[Json]) -> Any:
    for number, answer in enumerate(answers):
        (folder / f"{number}.json").write_text(json.dumps(answer))
    return load([str(folder)])
