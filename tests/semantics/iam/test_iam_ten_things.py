"""The ten things most often got wrong about IAM: the first five, on what must agree."""

from __future__ import annotations

import pytest
from iam_documents import (
    ACCOUNT,
    BUCKET,
    OTHER,
    ROLE,
    STRANGER,
    TARGET,
    USER,
    allow,
    attached,
    bucket_policy,
    deny,
    said,
    trust,
    trusting,
)  # fmt: skip

from kpath.refs import Ref
from kpath.semantics.iam import (
    Context,
    Policies,
    Policy,
    Request,
    assume,
    context,
    decide,
)  # fmt: skip

GET = "s3:GetObject"


def outcome(policies: Policies, known: Context | None = None, *, principal: Ref = USER, resource: str = BUCKET) -> str:
    return said(decide(Request(principal, GET, resource, known or context()), policies))


def conditioned(operator: str, values: object, key: str = "x:k") -> Policies:
    return Policies((allow(condition={operator: {key: values}}),))


# 1. a missing key


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("StringEquals", "a", "denied"),
        ("StringLike", "*", "denied"),
        ("StringNotEquals", "a", "allowed"),
        ("StringNotLike", "*", "allowed"),
        ("ArnNotLike", "arn:aws:s3:::*", "allowed"),
        ("NumericNotEquals", "1", "allowed"),
        ("DateNotEquals", "2020-01-01", "allowed"),
        ("NotIpAddress", "10.0.0.0/8", "allowed"),
        ("NumericLessThan", "1", "denied"),
        ("Bool", "false", "denied"),
        ("BoolIfExists", "false", "allowed"),
        ("StringEqualsIfExists", "a", "allowed"),
        ("ForAllValues:StringEquals", "a", "allowed"),
        ("ForAllValues:StringNotEquals", "a", "allowed"),
        ("ForAnyValue:StringEquals", "a", "denied"),
        ("ForAnyValue:StringNotEquals", "a", "denied"),
        ("ForAnyValue:StringEqualsIfExists", "a", "allowed"),
        ("Null", "true", "allowed"),
        ("Null", "false", "denied"),
    ],
)
def test_a_missing_key_fails_positive_operators_and_passes_negated_ones(
    operator: str, value: str, expected: str
) -> None:
    assert expected == outcome(conditioned(operator, value), context({"x:k": ()}))


def test_if_exists_still_compares_a_key_that_is_there() -> None:
    assert outcome(conditioned("StringEqualsIfExists", "a"), context({"x:k": "b"})) == "denied"
    assert outcome(conditioned("StringEqualsIfExists", "a"), context({"X:K": "a"})) == "allowed"


# 2. trust


def test_a_trust_that_names_the_principal_needs_no_identity_policy_within_the_account() -> None:
    assert said(assume(trust(trusting({"AWS": USER})), USER, Policies())) == "allowed"


@pytest.mark.parametrize("root", [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
def test_a_trust_that_names_the_account_needs_an_identity_policy(root: str) -> None:
    role_trust = trust(trusting({"AWS": root}))

    assert said(assume(role_trust, USER, Policies())) == "denied"
    assert said(assume(role_trust, USER, Policies((allow("sts:AssumeRole", TARGET),)))) == "allowed"


def test_without_trust_no_identity_policy_opens_a_role_not_even_to_itself() -> None:
    admin = Policies((allow(),))

    assert said(assume(trust(), USER, admin)) == "denied"
    assert said(assume(trust(trusting({"AWS": USER})), TARGET, admin)) == "denied"
    assert said(decide(Request(USER, "sts:AssumeRole", TARGET), admin)) == "denied"


def test_between_accounts_both_sides_must_allow() -> None:
    for name in (str(STRANGER), OTHER, "*"):
        role_trust = trust(trusting({"AWS": name}))

        assert said(assume(role_trust, STRANGER, Policies())) == "denied"
        assert said(assume(role_trust, STRANGER, Policies((allow(),)))) == "allowed"
    assert said(assume(trust(), STRANGER, Policies((allow(),)))) == "denied"


# 3. boundaries and session policies against resource policies


SILENT = allow("ec2:*")


@pytest.mark.parametrize("fence", [{"boundary": SILENT}, {"sessions": (SILENT,)}])
def test_silence_limits_identity_policies_and_grants_to_the_role_but_not_to_user_or_session(
    fence: dict[str, Policy],
) -> None:
    def with_bucket(principal: str, who: Ref, session: str = "") -> str:
        policies = Policies(resource=bucket_policy({"AWS": principal}), **fence)  # type: ignore[arg-type]
        return said(decide(Request(who, GET, BUCKET, session=session), policies))

    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ci"
    assert outcome(Policies((allow(),), **fence)) == "denied"  # type: ignore[arg-type]
    assert with_bucket(USER, USER) == "allowed"
    assert with_bucket(ROLE, ROLE) == "denied"
    assert with_bucket(session, ROLE, "ci") == "allowed"
    assert with_bucket(session, ROLE, "other") == "denied"
    assert with_bucket(session, ROLE) == "undecided"


def test_an_explicit_deny_in_a_boundary_binds_grants_by_the_resource() -> None:
    granted = bucket_policy({"AWS": USER})

    assert outcome(Policies(resource=granted, boundary=deny())) == "denied"


def test_the_boundary_of_the_start_does_not_bind_the_role_it_reaches() -> None:
    fenced = Policies((allow(),), boundary=allow("sts:*"))

    assert said(assume(trust(trusting({"AWS": ACCOUNT})), USER, fenced)) == "allowed"
    assert outcome(fenced) == "denied"


# 4. organisation policies


def test_every_scp_level_must_allow_and_one_policy_of_a_level_is_enough() -> None:
    def under(*levels: tuple[Policy, ...]) -> str:
        return outcome(Policies((allow(),), scps=levels))

    assert under((allow(),), (SILENT, allow("s3:*"))) == "allowed"
    assert under((allow(),), (SILENT,)) == "denied"
    assert under((allow(), deny("s3:*")), (allow(),)) == "denied"
    assert under() == "allowed"


def test_scps_bind_grants_by_the_resource_but_no_service_linked_role() -> None:
    linked = Ref(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")
    granted = bucket_policy({"AWS": [USER, linked]})

    assert outcome(Policies(resource=granted, scps=((SILENT,),))) == "denied"
    assert outcome(Policies((allow(),), scps=((SILENT,),)), principal=linked) == "allowed"


def test_rcps_deny_on_a_few_services_only_and_never_need_to_allow() -> None:
    rcp = attached({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})

    assert outcome(Policies((allow(),), rcps=(rcp,))) == "denied"
    assert said(decide(Request(USER, "ec2:RunInstances"), Policies((allow(),), rcps=(rcp,)))) == "allowed"


# 5. negated lists


def test_a_negated_list_is_nor() -> None:
    listed = conditioned("StringNotEquals", ["a", "b"])

    assert outcome(listed, context({"x:k": "b"})) == "denied"
    assert outcome(listed, context({"x:k": "c"})) == "allowed"


def test_values_are_alternatives_keys_and_operators_are_not() -> None:
    both = Policies((allow(condition={"StringEquals": {"x:k": ["a", "b"], "x:l": "c"}, "Bool": {"x:m": "true"}}),))

    assert outcome(both, context({"x:k": "b", "x:l": "c", "x:m": "true"})) == "allowed"
    assert outcome(both, context({"x:k": "b", "x:l": "d", "x:m": "true"})) == "denied"
    assert outcome(both, context({"x:k": "b", "x:l": "c", "x:m": "false"})) == "denied"
