"""Each way to raise privileges: it is open where everything it takes is there, and closed where any of it is not."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from iam_accounts import HOME, Account, allow, document
from strategies.organizations import OTHER, ROOT, SCP, UNIT, Organization, deny

from kpath.refs import Ref
from kpath.semantics.iam import Policies, Request, decide, policy
from kpath.semantics.iam.escalation.asking import Asker
from kpath.semantics.iam.escalation.table import Way, ways
from kpath.verdict import Denied

PUBLISHED = json.loads((Path(__file__).parent / "published_paths.json").read_text())["paths"]
BY_ID = {way.id: way for way in ways()}
SHAPES = {
    "self-escalation": "IAM_SELF_ESCALATE", "principal-access": "IAM_PRINCIPAL_ACCESS",
    "new-passrole": "IAM_PASSROLE", "existing-passrole": "IAM_ROLE_OF_RESOURCE",
}  # fmt: skip

each_way = pytest.mark.parametrize("way", ways(), ids=lambda way: way.id)
each_permission = pytest.mark.parametrize(
    ("way", "action"), [(way, action) for way in ways() for action in way.actions],
    ids=lambda each: each.id if isinstance(each, Way) else each,
)  # fmt: skip


def test_the_table_is_what_was_published() -> None:
    """But for what the source says amiss: a look-up, a path filed as another shape, and assuming a role."""
    said = {
        id_: (set(each["permissions"]) - {"ec2:DescribeInstances"}, each["service"] or "", each["parent"] or "")
        for id_, each in PUBLISHED.items()
    }
    moved = {"cloudformation-005": "IAM_ROLE_OF_RESOURCE", "sts-001": "STS_ASSUME_ROLE"}

    assert len(PUBLISHED) == 65
    assert said == {id_: (set(BY_ID[id_].actions), BY_ID[id_].service, BY_ID[id_].parent) for id_ in PUBLISHED}
    assert {id_: BY_ID[id_].rule for id_ in PUBLISHED} == {
        id_: moved.get(id_, SHAPES[each["category"]]) for id_, each in PUBLISHED.items()
    }
    runs = {id_: way.runs.name if way.runs is not None else None for id_, way in BY_ID.items()}
    assert {id_: each["runs"] for id_, each in PUBLISHED.items()} == {id_: runs[id_] for id_ in PUBLISHED}


def test_only_what_was_published_has_a_source() -> None:
    assert {way.id for way in ways() if way.source} == set(PUBLISHED)
    assert {way.id for way in ways() if not way.source} == {way.id for way in ways() if way.id.startswith("kpath-")}


@each_way
def test_whatever_else_must_hold_is_named_with_the_call_that_tells(way: Way) -> None:
    assert bool(way.given) is bool(way.call)
    assert not way.also or way.given


@each_way
def test_a_way_is_open_where_everything_is_there(way: Way) -> None:
    """Of a way and its simpler parent, one is told."""
    found = Account(way).ways()

    assert found & {way.id, way.parent} - {""}


@each_permission
def test_a_way_is_closed_without_one_of_its_permissions(way: Way, action: str) -> None:
    account = Account(way)
    account.own = [each for each in account.own if each["Action"] not in (action, "*")]

    assert way.id not in account.ways()


@each_permission
def test_a_way_is_closed_by_a_denial_of_one_of_its_permissions(way: Way, action: str) -> None:
    account = Account(way)
    account.own.append({"Effect": "Deny", "Action": action, "Resource": "*"})

    assert way.id not in account.ways()


@each_permission
def test_a_way_is_closed_by_a_boundary_without_one_of_its_permissions(way: Way, action: str) -> None:
    account = Account(way)
    account.fence = allow(each for each in ("s3:ListBucket", *way.actions) if each != action)

    assert way.id not in account.ways()


@each_permission
@pytest.mark.parametrize("target", [ROOT, UNIT, HOME])
def test_a_way_is_closed_by_an_scp_that_denies_one_of_its_permissions(way: Way, action: str, target: str) -> None:
    account = Account(way)
    account.organization = Organization()
    account.organization.add(SCP, [deny(action)], target)

    assert way.id not in account.ways()


@each_permission
@pytest.mark.parametrize("target", [ROOT, UNIT, HOME])
def test_a_way_is_closed_by_a_level_that_does_not_allow_one_of_its_permissions(
    way: Way, action: str, target: str
) -> None:
    account = Account(way)
    account.organization = Organization()
    account.organization.only(SCP, [{"Effect": "Allow", "NotAction": action, "Resource": "*"}], target)

    assert way.id not in account.ways()


@each_way
def test_a_way_is_as_open_in_an_organisation_that_allows_everything(way: Way) -> None:
    account, alone = Account(way), Account(way)
    account.organization = Organization()
    account.organization.add(SCP, [deny("*")], OTHER)

    assert account.ways() == alone.ways()


@each_way
def test_a_boundary_with_all_of_them_caps_oneself_and_nobody_else(way: Way) -> None:
    account = Account(way)
    account.fence = allow(way.actions)

    if way.rule == "IAM_SELF_ESCALATE" and not account.lifts:
        assert account.ways() == set()
    else:
        assert account.ways() & {way.id, way.parent}


@pytest.mark.parametrize("way", [way for way in ways() if way.service], ids=lambda way: way.id)
def test_a_way_is_closed_where_the_trust_does_not_name_the_service(way: Way) -> None:
    account = Account(way)
    account.service = "nobody.amazonaws.com"

    assert account.ways() == set()


@pytest.mark.parametrize("way", [way for way in ways() if way.service], ids=lambda way: way.id)
def test_a_role_of_an_aws_service_is_given_to_nobody_else(way: Way) -> None:
    account = Account(way)
    account.target["Arn"] = f"arn:aws:iam::{HOME}:role/aws-service-role/{way.service}/target"

    assert account.ways() == set()


@pytest.mark.parametrize(
    "way",
    [way for way in ways() if way.rule == "IAM_PRINCIPAL_ACCESS" and "sts:AssumeRole" in way.actions],
    ids=lambda way: way.id,
)
def test_nobody_needs_leave_to_assume_a_role_that_trusts_him_by_name(way: Way) -> None:
    account = Account(way)
    account.own = [each for each in account.own if each["Action"] != "sts:AssumeRole"]
    account.trusted = account.me["Arn"]

    assert way.id in account.ways()


HERE = "arn:aws:lambda:eu-west-1:111122223333:function:dev-1"
SAID = (
    {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": "lambda:Update*",
        "Resource": ["arn:aws:s3:::x", "arn:aws:lambda:*:*:function:dev-*"],
    },
    {"Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:*:function:prod-*"},
    {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:lambda:*:*:layer:*"},
    {"Effect": "Deny", "Action": "lambda:UpdateFunctionCode", "Resource": "*"},
    {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
    {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:*:function:${aws:username}-1"},
    {"Effect": "Permit", "Action": "*", "Resource": "*"},
)


@pytest.mark.parametrize("resource", [HERE, "*", HERE.replace("111122223333", "444455556666")])
@pytest.mark.parametrize("size", [1, 2])
def test_what_is_plain_is_decided_as_everything_else(resource: str, size: int) -> None:
    """With the same facts: the shorter way round is nothing but shorter."""
    me = Ref(f"arn:aws:iam::{HOME}:user/dev")
    for said in permutations(SAID, size):
        policies = Policies((policy(me, "/x", document(said)),))
        request = Request(me, "lambda:UpdateFunctionCode", resource)

        found, expected = Asker(me, policies).may(request.action, resource), decide(request, policies)

        assert type(found) is type(expected)
        assert isinstance(expected, Denied) or found == expected


@pytest.mark.parametrize("size", [1, 2])
def test_many_things_at_once_are_decided_as_each_of_them(size: int) -> None:
    me = Ref(f"arn:aws:iam::{HOME}:user/dev")
    names = frozenset({HERE, HERE.replace("dev-", "prod-"), HERE.replace("111122223333", "444455556666")})
    for said in permutations(SAID, size):
        policies = Policies((policy(me, "/x", document(said)),))

        groups = Asker(me, policies).over("lambda:UpdateFunctionCode", names)

        found = {name: group.verdict for group in groups for name in group.names}
        each = {name: decide(Request(me, "lambda:UpdateFunctionCode", name), policies) for name in names}
        assert found == {name: verdict for name, verdict in each.items() if not isinstance(verdict, Denied)}


PARENTS = [way for way in ways() if way.parent and BY_ID[way.parent].rule == way.rule]


@pytest.mark.parametrize("way", PARENTS, ids=lambda way: way.id)
def test_of_a_way_and_its_parent_one_is_told(way: Way) -> None:
    """The simpler, unless it rests on an assumption that the other one does without."""
    account = Account(way)

    told = {step.way: step.assumes for step in account.steps() if step.way in (way.id, way.parent)}

    assert len(told) == 1
    assert way.parent in told or told[way.id] == ()
