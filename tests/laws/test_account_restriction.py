"""What restricts never adds a step: over the graphs of generated accounts, whatever else is in them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import Pairs, loaded, written_out
from strategies import aws, raising
from strategies.iam import ACTIONS
from strategies.organizations import RCP, ROOT, SCP, UNIT, Organization, deny
from strategies.words import HOME

Json = dict[str, Any]
# An assumption of one account's, more or less, is no other step.
OF_ORGANIZATIONS = {"Organization", "Accounts", "Roots", "Children", "Parents", "OrganizationalUnits", "TargetId"}
KINDS = ("UserPolicyList", "RolePolicyList", "GroupPolicyList")


@st.composite
def accounts(draw: st.DrawFn) -> list[Json]:
    """An account, and one that somebody can raise privileges in."""
    documents = draw(aws())
    raising.more(draw, documents)
    # The organisation is that of the law.
    return [
        each for each in documents if not OF_ORGANIZATIONS & each.keys() and not isinstance(each.get("Policy"), dict)
    ]


def steps(documents: list[Json]) -> set[tuple[str, str, str]]:
    found: Pairs = written_out(loaded(documents))
    return {(rule, *pair) for rule, pairs in found.items() for pair in pairs}


@given(accounts(), st.sampled_from([ROOT, UNIT, HOME]), st.sampled_from([SCP, RCP]), st.sampled_from(ACTIONS))
@settings(max_examples=40)
def test_a_policy_of_an_organisation_never_adds_a_step(
    documents: list[Json], target: str, kind: str, action: str
) -> None:
    found, before = Organization(), steps(documents)
    names = {"Principal": "*"} if kind == RCP else {}
    found.add(kind, [deny(action, **names)], target)

    assert steps([*documents, *found.answers()]) <= before


@given(accounts())
@settings(max_examples=40)
def test_an_organisation_that_allows_everything_changes_no_step(documents: list[Json]) -> None:
    assert steps([*documents, *Organization().answers()]) == steps(documents)


@given(accounts(), st.sampled_from([ROOT, UNIT, HOME]), st.sampled_from(ACTIONS))
@settings(max_examples=40)
def test_a_level_that_allows_less_never_adds_a_step(documents: list[Json], target: str, action: str) -> None:
    found, before = Organization(), steps(documents)
    found.only(SCP, [{"Effect": "Allow", "Action": action, "Resource": "*"}], target)

    assert steps([*documents, *found.answers()]) <= before


@given(accounts(), st.data())
@settings(max_examples=60)
def test_a_denial_or_an_allow_less_never_adds_a_step(documents: list[Json], data: st.DataObject) -> None:
    choices = list(restricted(documents, data.draw(st.sampled_from(ACTIONS))))
    if choices:
        assert steps(data.draw(st.sampled_from(choices))) <= steps(documents)


def restricted(documents: list[Json], action: str) -> Iterator[list[Json]]:
    """The account with a denial more, or an allow less, somewhere among its inline policies."""
    for number in range(len(list(inline(documents)))):
        for change in (lambda found: found.append(deny(action)), drop):
            copy = deepcopy(documents)
            policy = list(inline(copy))[number]
            listed = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
            change(listed)
            policy["Statement"] = listed
            yield copy


def drop(found: list[Json]) -> None:
    """Without the first statement that allows."""
    at = next((number for number, each in enumerate(found) if each["Effect"] == "Allow"), None)
    if at is not None:
        del found[at]


def inline(documents: list[Json]) -> Iterator[Json]:
    for document in documents:
        for key in ("RoleDetailList", "UserDetailList", "GroupDetailList"):
            for holder in document.get(key) or ():
                yield from (each["PolicyDocument"] for kind in KINDS for each in holder.get(kind) or ())


@given(accounts(), st.data())
@settings(max_examples=40)
def test_a_boundary_never_adds_a_step_but_for_lifting_it(documents: list[Json], data: st.DataObject) -> None:
    """Who has none cannot be raised by losing it."""
    holders = [
        (number, key, at)
        for number, each in enumerate(documents)
        for key in ("RoleDetailList", "UserDetailList")
        for at, holder in enumerate(each.get(key) or ())
        if "PermissionsBoundary" not in holder
    ]
    if not holders:
        return
    number, key, at = data.draw(st.sampled_from(holders))
    copy = deepcopy(documents)
    arn = data.draw(st.sampled_from([raising.FENCE, raising.MINE, raising.ADMINISTRATOR]))
    copy[number][key][at]["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    lifted = {each for each in steps(copy) if each[0] != "IAM_SELF_ESCALATE"}

    assert lifted <= steps(documents)
