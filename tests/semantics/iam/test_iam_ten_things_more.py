"""The ten things most often got wrong about IAM: the other five, on names and wildcards."""

from __future__ import annotations

import pytest
from iam_documents import (
    ACCOUNT,
    BUCKET,
    ROLE,
    STRANGER,
    TARGET,
    USER,
    allow,
    attached,
    bucket_policy,
    deny,
    said,
    statement,
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
    pass_role,
    policy,
    service,
    unchangeable,
)  # fmt: skip
from kpath.verdict import Denied

GET = "s3:GetObject"


def outcome(policies: Policies, known: Context | None = None, *, principal: Ref = USER, resource: str = BUCKET) -> str:
    return said(decide(Request(principal, GET, resource, known or context()), policies))


def conditioned(operator: str, values: object, key: str = "x:k") -> Policies:
    return Policies((allow(condition={operator: {key: values}}),))


# 6. variables


@pytest.mark.parametrize(
    ("resource", "version", "asked", "expected"),
    [
        ("arn:aws:s3:::shop/${aws:username}", "2012-10-17", "arn:aws:s3:::shop/bob", "allowed"),
        ("arn:aws:s3:::shop/${aws:username}", "2008-10-17", "arn:aws:s3:::shop/bob", "denied"),
        ("arn:aws:s3:::shop/${aws:username}", "2008-10-17", "arn:aws:s3:::shop/${aws:username}", "allowed"),
        ("arn:aws:s3:::shop/${x:gone}", "2012-10-17", "arn:aws:s3:::shop/", "denied"),
        ("arn:aws:s3:::shop/${x:gone, 'all'}", "2012-10-17", "arn:aws:s3:::shop/all", "allowed"),
        ("arn:aws:s3:::shop/${x:star}", "2012-10-17", "arn:aws:s3:::shop/anything", "denied"),
        ("arn:aws:s3:::shop/${x:star}", "2012-10-17", "arn:aws:s3:::shop/*", "allowed"),
        ("arn:aws:s3:::shop/${*}", "2012-10-17", "arn:aws:s3:::shop/anything", "denied"),
        ("arn:aws:s3:::shop/${x:open}", "2012-10-17", "arn:aws:s3:::shop/x", "undecided"),
        ("arn:aws:s3:::shop/${x:open}", "2012-10-17", "arn:aws:s3:::bank/x", "denied"),
    ],
)
def test_variables_are_known_to_the_later_version_only_and_bring_no_wildcards(
    resource: str, version: str, asked: str, expected: str
) -> None:
    policies = Policies((attached(statement("Allow", "*", resource), version=version),))

    assert expected == outcome(policies, context({"x:gone": (), "x:star": "*"}), resource=asked)


def test_a_document_without_a_version_has_no_variables() -> None:
    unversioned = policy(USER, "/Policy", {"Statement": [statement("Allow", "*", "arn:aws:s3:::${aws:username}")]})

    assert outcome(Policies((unversioned,)), resource="arn:aws:s3:::bob") == "denied"
    assert outcome(Policies((unversioned,)), resource="arn:aws:s3:::${aws:username}") == "allowed"


def test_variables_stand_in_condition_values_too() -> None:
    own = conditioned("StringEquals", "${aws:PrincipalAccount}-x")

    assert outcome(own, context({"x:k": f"{ACCOUNT}-x"})) == "allowed"
    assert outcome(own, context({"x:k": "other-x"})) == "denied"


# 7. wildcards


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", "a*", "abc", "denied"),
        ("StringEquals", "a*", "a*", "allowed"),
        ("StringLike", "a*", "abc", "allowed"),
        ("StringLike", "a*", "a:b/c", "allowed"),
        ("StringLike", "a[b]", "ab", "denied"),
        ("StringLike", "A*", "abc", "denied"),
        ("StringEquals", "A", "a", "denied"),
        ("StringEqualsIgnoreCase", "A", "a", "allowed"),
        ("ArnEquals", "arn:aws:iam::*:role/x", f"arn:aws:iam::{ACCOUNT}:role/x", "allowed"),
        ("ArnLike", "arn:aws:*:role/x:y:z", f"arn:aws:iam::{ACCOUNT}:role/x", "denied"),
        ("ArnLike", f"arn:aws:iam::{ACCOUNT}:role/*", f"arn:aws:iam::{ACCOUNT}:role/p/x", "allowed"),
        ("StringLike", "arn:aws:*:role/x", f"arn:aws:iam::{ACCOUNT}:role/x", "allowed"),
    ],
)
def test_each_operator_has_its_own_wildcards(operator: str, wanted: str, actual: str, expected: str) -> None:
    assert expected == outcome(conditioned(operator, wanted), context({"x:k": actual}))


def test_an_arn_pattern_of_fewer_than_six_parts_is_left_open() -> None:
    assert outcome(conditioned("ArnLike", "arn:aws:*"), context({"x:k": USER})) == "undecided"


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        ("*", BUCKET, "allowed"),
        ("arn:aws:s3:::*", BUCKET, "allowed"),
        ("arn:aws:*", BUCKET, "allowed"),
        ("arn:*:shop/orders", BUCKET, "denied"),
        ("arn:aws:s3:*:shop/orders", BUCKET, "denied"),
        ("arn:aws:s3:::SHOP/orders", BUCKET, "denied"),
        (f"arn:aws:iam::{ACCOUNT}:role/worker", ROLE, "denied"),
        (f"arn:aws:iam::{ACCOUNT}:role/*worker", ROLE, "allowed"),
        ("arn:aws:logs:*:*:*", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:a:b", "allowed"),
        ("arn:aws:s3:::shop/order?", BUCKET, "allowed"),
        ("arn:aws:s3:::shop", BUCKET, "denied"),
    ],
)
def test_a_star_stays_in_its_part_of_a_resource_and_crosses_at_the_end(pattern: str, asked: str, expected: str) -> None:
    assert expected == outcome(Policies((allow("*", pattern),)), resource=asked)


def test_actions_and_key_names_ignore_case() -> None:
    policies = Policies((allow("S3:get*", condition={"StringEquals": {"AWS:UserName": "bob"}}),))

    assert outcome(policies) == "allowed"


# 8. the Not… elements


def test_allow_with_not_action_leaves_the_rest_open() -> None:
    policies = Policies((attached({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),))

    assert outcome(policies) == "denied"
    assert said(decide(Request(USER, "iam:PutUserPolicy", USER), policies)) == "allowed"


def test_not_resource_speaks_of_all_other_resources() -> None:
    policies = Policies((attached({"Effect": "Allow", "Action": "*", "NotResource": BUCKET}),))

    assert outcome(policies) == "denied"
    assert outcome(policies, resource="arn:aws:s3:::bank/x") == "allowed"


@pytest.mark.parametrize(
    ("spared", "boundary", "expected"),
    [
        ([USER, f"arn:aws:iam::{ACCOUNT}:root"], None, "allowed"),
        ([USER, ACCOUNT], allow(), "denied"),
        ([USER], None, "undecided"),
        ([ACCOUNT], None, "undecided"),
        ([STRANGER], None, "denied"),
    ],
)
def test_deny_with_not_principal_hits_all_it_does_not_list_and_everyone_with_a_boundary(
    spared: list[str], boundary: Policy | None, expected: str
) -> None:
    granted = bucket_policy(None, "Deny", NotPrincipal={"AWS": spared})

    assert expected == outcome(Policies((allow(),), boundary=boundary, resource=granted))


# 9. the session's identity


def test_a_session_is_named_without_its_roles_path_while_principal_arn_has_it() -> None:
    condition = {"ArnEquals": {"aws:PrincipalArn": ROLE}, "Null": {"aws:username": "true"}}

    assert outcome(Policies((allow(condition=condition),)), principal=ROLE) == "allowed"
    role_trust = trust(trusting({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ci"}))
    assert said(assume(role_trust, ROLE, Policies(), session="ci")) == "allowed"


def test_a_deny_without_mfa_misses_long_term_keys_unless_it_says_if_exists() -> None:
    keys = context({"aws:MultiFactorAuthPresent": ()})

    for operator, expected in (("Bool", "allowed"), ("BoolIfExists", "denied")):
        rule = deny(condition={operator: {"aws:MultiFactorAuthPresent": "false"}})
        assert expected == outcome(Policies((allow(), rule)), keys)


# 10. PassRole


def test_passing_a_role_needs_the_right_service_in_condition_and_trust() -> None:
    pods = "pods.eks.amazonaws.com"
    role_trust = trust(trusting({"Service": pods}))
    only = Policies((allow("iam:PassRole", TARGET, {"StringEquals": {"iam:PassedToService": pods}}),))

    assert said(pass_role(USER, role_trust, pods, only)) == "allowed"
    assert said(pass_role(USER, role_trust, "eks.amazonaws.com", only)) == "denied"
    assert said(pass_role(USER, trust(trusting({"Service": "eks.amazonaws.com"})), pods, only)) == "denied"
    assert said(service(role_trust, pods, actions=("sts:AssumeRole", "sts:TagSession"))) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess", True),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Admin", True),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/R", True),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/R", False),
        ("iam:PutRolePolicy", TARGET, False),
    ],
)
def test_what_aws_manages_can_be_changed_by_nobody(action: str, resource: str, expected: bool) -> None:
    assert unchangeable(action, resource) is expected
    assert isinstance(decide(Request(USER, action, resource), Policies((allow(),))), Denied) is expected
