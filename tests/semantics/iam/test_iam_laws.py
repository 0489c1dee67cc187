"""What holds of every policy: restriction, agreement, exactness."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from iam_documents import (
    ACCOUNT,
    BUCKET,
    ISSUER,
    OTHER,
    PROVIDER,
    ROLE,
    USER,
    Raw,
    attached,
    bucket_policy,
    said,
    trusting,
)
from iam_documents import trust as trust_policy

from kpath.semantics.iam import (
    Group,
    Policies,
    Policy,
    Request,
    allowed,
    context,
    decide,
    federated,
    web_identity,
)
from kpath.verdict import Denied, Undecided, Verdict

SUBJECTS = [f"system:serviceaccount:{ns}:{name}" for ns in ("shop", "ci") for name in ("web", "db", "*")]
KEYS = ["x:k", "x:l", "aws:RequestTag/t", f"{ISSUER}:sub", f"{ISSUER}:aud"]
TEXTS = ["a", "A", "b", "a*", "*", "${x:l}", "${aws:username}", *SUBJECTS, "system:serviceaccount:shop:*"]
RESOURCES = [BUCKET, "arn:aws:s3:::shop/b", "arn:aws:s3:::bob", f"arn:aws:s3:::{OTHER}", f"arn:aws:s3::{OTHER}:x", "*"]
PATTERNS = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::shop/*",
    BUCKET,
    "arn:aws:s3:::${aws:username}",
    "arn:aws:*",
    "${x:l}*",
]
OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "Null",
             "ForAnyValue:StringEquals", "ForAllValues:StringLike", "StringEqualsIgnoreCase", "Odd"]  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> Raw:
    """A few conditions over a few keys."""
    found: dict[str, dict[str, list[str]]] = {}
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(OPERATORS))
        values = ["true"] if name == "Null" else draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
        found.setdefault(name, {})[draw(st.sampled_from(KEYS))] = values
    return found


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")) -> Raw:
    """A statement of an identity policy."""
    action = draw(st.sampled_from(["Action", "Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "Resource", "NotResource"]))
    return {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(st.sampled_from(["*", "s3:Get*", "s3:GetObject", "ec2:*"])),
        resource: draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2)),
        "Condition": draw(conditions()),
    }


def documents(*effects: str) -> st.SearchStrategy[Policy]:
    """A policy of a few statements."""
    found = statements(effects) if effects else statements()
    return st.lists(found, max_size=3).map(lambda each: attached(*each))


@st.composite
def policies(draw: st.DrawFn) -> Policies:
    """Everything that has a say."""
    resource = draw(st.none() | st.sampled_from([USER, ROLE, ACCOUNT, "*"]))
    return Policies(
        draw(st.lists(documents(), max_size=2).map(tuple)),
        draw(st.none() | documents()),
        (),
        draw(st.lists(documents().map(lambda each: (each,)), max_size=1).map(tuple)),
        (),
        None if resource is None else bucket_policy({"AWS": resource}, Condition=draw(conditions())),
    )


requests = st.builds(
    Request,
    st.sampled_from([USER, ROLE]),
    st.just("s3:GetObject"),
    st.sampled_from(RESOURCES),
    st.sampled_from([context(), context({"x:k": "a"}), context({"x:l": ()}), context({"x:k": "b", "x:l": "a"})]),
)


def is_allowed(request: Request, given: Policies) -> bool:
    """Whether a request is certainly allowed."""
    return said(decide(request, given)) == "allowed"


@given(requests, policies(), documents("Deny"), documents())
@settings(deadline=None, max_examples=200)
def test_no_deny_boundary_or_scp_ever_makes_a_request_allowed(
    request: Request, given: Policies, deny: Policy, limit: Policy
) -> None:
    before = is_allowed(request, given)
    identity, scps = given.identity, given.scps
    fenced = given.boundary or limit

    for after in (
        Policies((*identity, deny), given.boundary, (), scps, (), given.resource),
        Policies(identity, fenced, (), scps, (), given.resource),
        Policies(identity, given.boundary, (limit,), scps, (), given.resource),
        Policies(identity, given.boundary, (), (*scps, (limit,)), (), given.resource),
        Policies(identity, given.boundary, (), scps, (deny,), given.resource),
    ):
        assert is_allowed(request, after) <= before


@given(requests, policies())
@settings(deadline=None, max_examples=200)
def test_removing_an_allow_never_makes_a_request_allowed(request: Request, given: Policies) -> None:
    before = is_allowed(request, given)

    for index, policy in enumerate(given.identity):
        for gone in policy.statements:
            if gone.effect == "Allow":
                left = Policy(policy.of, policy.at, tuple(each for each in policy.statements if each is not gone))
                identity = (*given.identity[:index], left, *given.identity[index + 1 :])
                after = Policies(identity, given.boundary, (), given.scps, (), given.resource)
                assert is_allowed(request, after) <= before


@given(requests, policies())
@settings(deadline=None, max_examples=200)
def test_whatever_is_not_denied_cites_facts_and_what_is_open_says_why(request: Request, given: Policies) -> None:
    verdict = decide(request, given)

    if isinstance(verdict, Undecided):
        assert verdict.assumes
    assert verdict.because or isinstance(verdict, Denied)


def spread(groups: tuple[Group, ...]) -> dict[str, Verdict]:
    """The verdict of each name in a group."""
    return {name: group.verdict for group in groups for name in group.names}


@given(requests, policies())
@settings(deadline=None, max_examples=200)
def test_many_resources_at_once_get_the_verdict_of_each(request: Request, given: Policies) -> None:
    groups = allowed(request.principal, request.action, given, RESOURCES, context=request.context)
    each = {
        resource: decide(Request(request.principal, request.action, resource, request.context), given)
        for resource in RESOURCES
    }

    assert {name: verdict for name, verdict in each.items() if not isinstance(verdict, Denied)} == spread(groups)
    assert sum(len(group.names) for group in groups) == len(spread(groups))


principals = st.sampled_from([{"Federated": PROVIDER}, {"Federated": PROVIDER + "X"}, "*"])


@given(st.lists(st.tuples(principals, conditions(), st.sampled_from(["Allow", "Allow", "Deny"])), max_size=3))
@settings(deadline=None, max_examples=300)
def test_many_subjects_at_once_get_the_verdict_of_each(rules: list[tuple[object, Raw, str]]) -> None:
    role_trust = trust_policy(*(trusting(*rule) for rule in rules))
    groups = federated(role_trust, PROVIDER, ISSUER, "b", SUBJECTS)
    each = {subject: web_identity(role_trust, PROVIDER, ISSUER, subject, "b") for subject in SUBJECTS}

    assert {name: verdict for name, verdict in each.items() if not isinstance(verdict, Denied)} == spread(groups)
