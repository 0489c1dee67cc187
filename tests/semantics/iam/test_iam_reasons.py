"""What a verdict cites, what it assumes and how that reads."""

from __future__ import annotations

import json

import pytest
from iam_documents import ACCOUNT, BUCKET, ROLE, USER, allow, attached, deny, document, said, statement, trust, trusting

from kpath.evidence import TARGET
from kpath.refs import Ref
from kpath.semantics.iam import Policies, Request, assume, context, decide, policy
from kpath.semantics.iam.cells import cells
from kpath.semantics.iam.conditions import holds, words
from kpath.semantics.iam.context import UNCERTAIN
from kpath.semantics.iam.truth import Truth
from kpath.verdict import Undecided

GET = Request(USER, "s3:GetObject", BUCKET)


@pytest.mark.parametrize(
    ("operator", "value", "plain", "opposite"),
    [
        ("StringEquals", "a", "x:k is a", "x:k is not a"),
        ("StringNotLike", ["a", "b"], "x:k does not match a or b", "x:k matches a or b"),
        ("StringLike", list("abcd"), "x:k matches a or b or c or …", "x:k does not match a or b or c or …"),
        ("NotIpAddress", "10.0.0.0/8", "x:k is not in 10.0.0.0/8", "x:k is in 10.0.0.0/8"),
        ("NumericLessThan", 5, "x:k is below 5", "x:k is at least 5"),
        ("BoolIfExists", True, "x:k is true or is absent", "x:k is not true and is present"),
        ("ForAnyValue:StringEquals", "a", "some value of x:k is a", "every value of x:k is not a"),
        ("Null", "true", "x:k is absent", "x:k is present"),
        ("Null", False, "x:k is present", "x:k is absent"),
        ("Odd", "a", "x:k meets Odd a", "x:k fails Odd a"),
    ],
)
def test_a_condition_and_its_opposite_read_as_sentences(
    operator: str, value: object, plain: str, opposite: str
) -> None:
    (clause,) = allow(condition={operator: {"x:k": value}}).statements[0].clauses

    assert (plain, opposite) == (words(clause), words(clause, negated=True))


@pytest.mark.parametrize(
    ("first", "second", "tried"),
    [
        (("NumericLessThan", "5"), ("NumericGreaterThanEquals", "4"), ["3", "4", "4.5", "5", "6"]),
        (("DateLessThan", "2020-01-01"), ("DateEquals", "1577836800"), ["2019-01-01", "2020-01-01", "2021-01-01"]),
        (("IpAddress", "10.0.0.0/8"), ("NotIpAddress", "10.1.0.0/16"), ["9.9.9.9", "10.0.0.1", "10.1.0.1", "::1"]),
        (("Bool", "true"), ("Null", "false"), ["true", "false"]),
        (("ForAllValues:StringEquals", "a"), ("ForAnyValue:StringEquals", "b"), ["a", "b", "c"]),
        (
            ("ArnLike", "arn:aws:iam::*:role/x"),
            ("StringLike", "arn:*x"),
            [f"arn:aws:iam::{ACCOUNT}:role/x", "arn:x", "q"],
        ),
    ],
)
def test_cells_hold_every_combination_of_answers(
    first: tuple[str, str], second: tuple[str, str], tried: list[str]
) -> None:
    clauses = [allow(condition={op: {"x:k": value}}).statements[0].clauses[0] for op, value in (first, second)]
    found = cells(clauses, UNCERTAIN)
    assert found is not None

    def answers(values: tuple[str, ...]) -> tuple[Truth, ...]:
        return tuple(holds(clause, context({"x:k": values})) for clause in clauses)

    assert {answers((value,)) for value in tried} | {answers(())} <= {answers(cell) for cell in found}


def test_what_is_cited_stands_in_the_document_as_served() -> None:
    raw = document(trusting({"AWS": [ACCOUNT, "x"]}, {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}))
    role = Ref(f"arn:aws:iam::{ACCOUNT}:role/deploy")
    served: object = {"AssumeRolePolicyDocument": raw}
    verdict = assume(policy(role, "/AssumeRolePolicyDocument", raw), USER, Policies((allow(),)))

    cited = [fact for fact in verdict.because if fact.of == role]
    assert [fact.at.rpartition("/")[2] for fact in cited] == ["Effect", "Principal", "Action", "Condition"]
    for fact in cited:
        value = served
        for token in fact.at[1:].split("/"):
            assert isinstance(value, dict | list)
            value = value[int(token)] if isinstance(value, list) else value[token]
        assert value == (fact.value if isinstance(value, str) else json.loads(fact.value or "null"))


def test_one_statement_of_each_layer_is_cited_and_no_more() -> None:
    verdict = decide(GET, Policies((allow(), allow("s3:*")), boundary=allow("s3:Get*"), scps=((allow("s3:*"),),)))

    actions = [fact.value for fact in verdict.because if fact.at.endswith("/Action")]
    assert actions == ["*", "s3:Get*", "s3:*"]


def test_alternatives_that_are_needed_together_are_cited_together() -> None:
    either = attached(
        statement("Allow", condition={"StringEquals": {"x:k": "a"}}),
        statement("Allow", condition={"StringNotEquals": {"x:k": "a"}}),
        statement("Allow", condition={"StringEquals": {"x:k": "c"}}),
    )
    verdict = decide(GET, Policies((either,)))

    assert {fact.at.split("/")[3] for fact in verdict.because} == {"0", "1"}


def test_an_assumption_is_one_under_which_it_is_allowed() -> None:
    offers = attached(*(statement("Allow", condition={"StringEquals": {"x:k": value}}) for value in "ab"))
    verdict = decide(GET, Policies((offers, deny(condition={"StringEquals": {"x:k": "a"}}))))

    assert isinstance(verdict, Undecided)
    assert [each.what.split(" (")[0] for each in verdict.assumes] == ["if x:k is b", "if x:k is not a"]


def test_what_the_caller_chooses_is_not_assumed() -> None:
    condition = {"StringEquals": {"aws:RequestTag/t": "a"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    verdict = decide(GET, Policies((allow(condition=condition),)))

    assert isinstance(verdict, Undecided)
    assert [each.what.split(" (")[0] for each in verdict.assumes] == ["if aws:SourceIp is in 10.0.0.0/8"]


def test_a_session_may_ask_under_its_own_name() -> None:
    session = Ref(f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ci")
    role_trust = trust(trusting({"AWS": session}))

    assert said(assume(role_trust, session, Policies())) == "allowed"
    assert said(assume(role_trust, Ref(session.replace("/ci", "/cd")), Policies())) == "denied"


def test_a_key_without_a_policy_at_hand_is_left_open() -> None:
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
    verdict = decide(Request(ROLE, "kms:Decrypt", key), Policies((allow(),)))

    assert isinstance(verdict, Undecided)
    assert TARGET in verdict.assumes[0].what


def test_an_unknown_operator_is_among_a_policys_problems() -> None:
    (problem,) = allow(condition={"Odd": {"x:k": "a"}}).problems

    assert problem.what.endswith("has the unknown condition operator `Odd`")
