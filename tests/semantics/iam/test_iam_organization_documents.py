"""How an organisation's documents are read, and what is said of those that cannot be."""

from __future__ import annotations

import pytest
from strategies.organizations import (
    HOME,
    MANAGEMENT,
    OTHER,
    RCP,
    ROOT,
    SCP,
    UNIT,
    Json,
    Organization,
    allow,
    deny,
    details,
    loaded,
    role,
)
from test_iam_organization import APP, BUCKET, asked

from kpath.errors import SnapshotError
from kpath.query.iam import uncollected
from kpath.verdict import word


def test_policies_may_be_listed_by_what_they_are_attached_to() -> None:
    found = Organization()
    arn = found.add(SCP, [deny("s3:*")], UNIT)
    for each in found.policies:
        del each["Targets"]
    summaries = [each["Policy"]["PolicySummary"] for each in found.policies]
    lists = [
        {
            "TargetId": place,
            "Policies": [each for each in summaries if each["Type"] == kind and (place == UNIT or each["Arn"] != arn)],
        }
        for place in (ROOT, UNIT, HOME, OTHER)
        for kind in (SCP, RCP)
    ]
    whole = loaded(*found.answers(), *lists, details(APP, role("app", allow("s3:*"), account=OTHER)))
    unread = loaded(*found.answers("Policy"), *lists, details(APP))
    other = loaded(*found.answers(), *[each for each in lists if each["TargetId"] != UNIT], details(APP))

    assert "denied" == word(asked(whole))
    assert "allowed" == word(asked(whole, "secretsmanager:ListSecrets"))
    assert "undecided" == word(asked(unread))
    assert ("organizations describe-policy",) == uncollected(unread, "*", APP["Arn"])
    assert "undecided" == word(asked(other))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"Organization": {"MasterAccountId": MANAGEMENT}}, "/Organization: object missing required field `Id`"),
        ({"Organization": {"Id": 7}}, "/Organization/Id: expected `str`"),
        ({"Organization": []}, "/Organization: expected `object | null`"),
        ({"Accounts": [{"Id": 111122223333}]}, "/Accounts/0/Id: expected `str`"),
        ({"Accounts": [{"Id": ""}]}, "/Accounts: a place in an organisation needs an id"),
        ({"Roots": [{"Id": ROOT, "PolicyTypes": "SCP"}]}, "/Roots/0/PolicyTypes: expected `array | null`"),
        ({"Policy": 7}, "/Policy: expected `str | object | null`"),
        ({"Policy": {"PolicySummary": {"Type": SCP}, "Content": "{}"}},
         "/Policy/PolicySummary: object missing required field `Arn`"),
        ({"Policy": {"PolicySummary": {"Arn": "arn", "Type": SCP}}},
         "/Policy/Content: a policy of an organisation needs its text"),
        ({"Policy": {"PolicySummary": {"Arn": "arn", "Type": SCP}, "Content": {}}},
         "/Policy/Content: expected `str | null`"),
        ({"Policy": {}, "Targets": ["r-1"]}, "/Targets/0: expected `object`"),
        ({"TargetId": 1, "Policies": []}, "/TargetId: expected `str | null`"),
        ({"ParentId": UNIT, "Children": [{"Id": UNIT}]}, "/Children: `ou-ab12-11111111` is above itself"),
        ({"ParentId": ROOT, "Children": {}}, "/Children: expected `array | null`"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_one_line_with_file_and_field(answer: Json, says: str) -> None:
    with pytest.raises(SnapshotError) as raised:
        loaded(answer)

    assert f"000.json: {says}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_account_in_two_places_is_refused() -> None:
    moved = {"ParentId": ROOT, "Accounts": [{"Id": HOME}]}
    with pytest.raises(SnapshotError, match="`111122223333` is in two places, first in"):
        loaded(*Organization().answers(), moved)


@pytest.mark.parametrize(("answer", "beside"), [({"Children": []}, "ParentId"), ({"Parents": []}, "ChildId")])
def test_an_answer_without_what_was_asked_is_named(answer: Json, beside: str) -> None:
    assert [f"not read: put the `{beside}` of the request beside it"] == [
        each.what for each in loaded(answer).diagnostics
    ]


def test_policies_of_iam_and_of_organisations_are_told_apart() -> None:
    shared = {"Arn": f"arn:aws:iam::{HOME}:policy/x", "PolicyName": "x", "PolicyVersionList": []}
    of_iam = {"Policy": {"PolicyName": "x", "Arn": shared["Arn"], "DefaultVersionId": "v1"}}
    model = loaded({"Policies": [shared]}, of_iam, BUCKET, *Organization().answers())

    assert ([shared["Arn"]], 2) == ([*model.aws_policies], len(model.org_policies))
    assert ["arn:aws:s3:::shop"] == [*model.buckets]
    assert 1 == len(model.diagnostics)
