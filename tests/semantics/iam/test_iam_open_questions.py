"""How values compare, and what comes out where something is open."""

from __future__ import annotations

import pytest
from iam_documents import (
    ACCOUNT,
    BUCKET,
    USER,
    allow,
    deny,
    said,
    trust,
    trusting,
)  # fmt: skip

from kpath.refs import Ref
from kpath.semantics.iam import (
    Context,
    Policies,
    Request,
    assume,
    context,
    decide,
    unknown,
)  # fmt: skip
from kpath.verdict import Undecided

GET = "s3:GetObject"


def outcome(policies: Policies, known: Context | None = None, *, principal: Ref = USER, resource: str = BUCKET) -> str:
    return said(decide(Request(principal, GET, resource, known or context()), policies))


def conditioned(operator: str, values: object, key: str = "x:k") -> Policies:
    return Policies((allow(condition={operator: {key: values}}),))


# and also


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("IpAddress", "2001:db8::1", "2001:0db8:0:0::1", "allowed"),
        ("IpAddress", "0.0.0.0/0", "203.0.113.9", "allowed"),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", "denied"),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", "allowed"),
        ("DateLessThan", "1600000000", "2020-01-01T00:00:00Z", "allowed"),
        ("DateGreaterThan", "2020-01-01T00:00:00Z", "1600000000", "allowed"),
        ("DateEquals", "2020-01-01", "2020-01-01T01:00:00+01:00", "allowed"),
        ("NumericEquals", "1.0", "1", "allowed"),
        ("NumericLessThanEquals", 10, "10", "allowed"),
        ("Bool", True, "TRUE", "allowed"),
        ("BinaryEquals", "QUJD", "QUJD", "allowed"),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], "allowed"),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], "denied"),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], "allowed"),
        ("ForAnyValue:StringNotEquals", ["a"], ["a"], "denied"),
    ],
)
def test_values_are_compared_as_what_they_stand_for(
    operator: str, wanted: object, actual: str | list[str], expected: str
) -> None:
    assert expected == outcome(conditioned(operator, wanted), context({"x:k": actual}))


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_a_star_for_principal_means_the_same_in_either_spelling(everyone: object) -> None:
    assert said(assume(trust(trusting(everyone)), USER, Policies())) == "allowed"


# what is open


def test_a_deny_on_an_unknown_key_leaves_it_open_and_says_what_must_hold() -> None:
    verdict = decide(
        Request(USER, GET, BUCKET),
        Policies((allow(), deny(condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))),
    )

    assert isinstance(verdict, Undecided)
    (assumption,) = verdict.assumes
    assert assumption.what.startswith("if aws:SourceIp is not in 10.0.0.0/8 (else denied by Policy/Statement/0")


def test_what_the_caller_chooses_is_granted_if_it_can_be_met() -> None:
    key = "sts:RoleSessionName"

    assert outcome(conditioned("StringLike", "ci-*", key)) == "allowed"
    assert outcome(Policies((allow(), deny(condition={"StringNotLike": {key: "ci-*"}})))) == "allowed"
    both = Policies((allow(condition={"StringLike": {key: "a*"}}), deny(condition={"StringLike": {key: "*"}})))
    assert outcome(both) == "denied"


def test_alternatives_that_leave_no_case_out_are_certain() -> None:
    either = (allow(condition={op: {"x:k": "a"}}) for op in ("StringEquals", "StringNotEquals"))

    assert outcome(Policies(tuple(either))) == "allowed"
    neither = Policies((allow(condition={"StringEquals": {"x:k": "a"}, "StringNotEquals": {"X:K": "a"}}),))
    assert outcome(neither) == "denied"


def test_an_allow_that_is_hard_to_read_does_not_make_the_others_less_certain() -> None:
    either = [allow(condition={op: {"x:l": "a"}}) for op in ("StringEquals", "StringNotEquals")]

    for odd in ({"StringEquals": {"x:k": "${x:l}"}}, {"Odd": {"x:l": "a"}}, {"NumericEquals": {"x:l": "1"}}):
        assert outcome(Policies((allow(condition=odd), *either))) == "allowed"
        assert outcome(Policies((deny(condition=odd), *either))) == "undecided"


def test_an_unknown_operator_leaves_allow_and_deny_open() -> None:
    odd = {"StringResembles": {"x:k": "a"}}

    assert outcome(Policies((allow(condition=odd),)), context({"x:k": "a"})) == "undecided"
    assert outcome(Policies((allow(), deny(condition=odd))), context({"x:k": "a"})) == "undecided"


def test_a_policy_that_was_not_collected_leaves_it_open_and_names_its_source() -> None:
    absent = unknown(Ref(f"arn:aws:iam::{ACCOUNT}:policy/p"), missing="iam get-account-authorization-details")

    for policies in (Policies((absent,)), Policies((allow(), absent)), Policies((allow(),), boundary=absent)):
        verdict = decide(Request(USER, GET, BUCKET), policies)
        assert isinstance(verdict, Undecided)
        assert verdict.assumes[0].missing == "iam get-account-authorization-details"
    assert outcome(Policies((absent, deny()))) == "denied"


def test_a_denial_cites_the_statement_that_forbids_or_the_condition_that_failed() -> None:
    forbidden = decide(Request(USER, GET, BUCKET), Policies((allow(), deny("s3:*"))))
    unmet = decide(Request(USER, GET, BUCKET, context({"x:k": "b"})), conditioned("StringEquals", "a"))

    assert [fact.at for fact in forbidden.because][:2] == ["/Policy/Statement/0/Effect", "/Policy/Statement/0/Action"]
    assert [(fact.at, fact.value) for fact in unmet.because] == [
        ("/Policy/Statement/0/Condition/StringEquals/x:k", "a")
    ]
