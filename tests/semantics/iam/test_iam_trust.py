"""Who may become a role."""

from __future__ import annotations

import pytest
from iam_documents import (
    ACCOUNT,
    ISSUER,
    OTHER,
    PROVIDER,
    ROLE,
    TARGET,
    USER,
    Raw,
    allow,
    said,
    trust,
    trusting,
)

from kpath.refs import Ref
from kpath.semantics.iam import Policies, assume, context, federated, service, web_identity
from kpath.verdict import Undecided, Verdict

WEB = "system:serviceaccount:shop:web"
SUB, AUD = f"{ISSUER}:sub", f"{ISSUER}:aud"
EVERYONE = [WEB, "system:serviceaccount:shop:db", "system:serviceaccount:ci:web", "system:serviceaccount:shop:*"]


def exchanged(condition: Raw | None, subject: str = WEB, action: object = "sts:*") -> Verdict:
    role_trust = trust(trusting({"Federated": PROVIDER}, condition, Action=action))
    return web_identity(role_trust, PROVIDER, ISSUER, subject, "sts.amazonaws.com")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, EVERYONE),
        ({"StringEquals": {AUD: "sts.amazonaws.com"}}, EVERYONE),
        ({"StringEquals": {SUB: WEB, AUD: "sts.amazonaws.com"}}, [WEB]),
        ({"StringEquals": {SUB: [WEB, "system:serviceaccount:ci:web"]}}, [WEB, "system:serviceaccount:ci:web"]),
        ({"StringEquals": {SUB: "system:serviceaccount:shop:*"}}, ["system:serviceaccount:shop:*"]),
        (
            {"StringLike": {SUB: "system:serviceaccount:shop:*"}},
            [WEB, "system:serviceaccount:shop:db", "system:serviceaccount:shop:*"],
        ),
        ({"StringLike": {SUB: "system:serviceaccount:*:web"}}, [WEB, "system:serviceaccount:ci:web"]),
        ({"ForAnyValue:StringEquals": {SUB: [WEB, "x"]}}, [WEB]),
        ({"ForAllValues:StringEquals": {SUB: [WEB, "x"]}}, [WEB]),
        (
            {"StringNotEquals": {SUB: WEB}},
            ["system:serviceaccount:shop:db", "system:serviceaccount:ci:web", "system:serviceaccount:shop:*"],
        ),
        ({"StringEquals": {SUB.upper(): WEB}}, [WEB]),
        ({"StringEquals": {AUD: "other"}}, []),
        ({"StringEquals": {f"{ISSUER}X:sub": WEB}}, []),
        ({"StringEqualsIfExists": {f"{ISSUER}X:sub": "nobody"}}, EVERYONE),
        ({"StringEquals": {f"{ISSUER}:amr": "authenticated"}}, []),
        ({"StringLike": {"sts:RoleSessionName": "ci-*"}}, EVERYONE),
    ],
)
def test_the_trust_policy_decides_which_service_accounts_take_a_role(
    condition: Raw | None, expected: list[str]
) -> None:
    role_trust = trust(trusting({"Federated": PROVIDER}, condition))

    assert expected == [each for each in EVERYONE if said(exchanged(condition, each)) == "allowed"]
    groups = federated(role_trust, PROVIDER, ISSUER, "sts.amazonaws.com", EVERYONE)
    assert set(expected) == {name for group in groups for name in group.names if said(group.verdict) == "allowed"}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Federated": PROVIDER}, "allowed"),
        ({"Federated": ["x", PROVIDER]}, "allowed"),
        ({"Federated": PROVIDER + "X"}, "denied"),
        ({"AWS": PROVIDER}, "denied"),
        ({"AWS": ACCOUNT}, "denied"),
        ({"Service": "ec2.amazonaws.com"}, "denied"),
        ("*", "undecided"),
    ],
)
def test_the_provider_must_be_named(principal: object, expected: str) -> None:
    role_trust = trust(trusting(principal))

    assert expected == said(web_identity(role_trust, PROVIDER, ISSUER, WEB, "sts.amazonaws.com"))


def test_a_provider_of_another_account_is_of_no_use() -> None:
    foreign = Ref(PROVIDER.replace(ACCOUNT, OTHER))
    verdict = web_identity(trust(trusting({"Federated": foreign})), foreign, ISSUER, WEB, "sts.amazonaws.com")

    assert said(verdict) == "denied"
    assert [fact.at for fact in verdict.because] == ["/AssumeRolePolicyDocument/Statement/0/Principal"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("sts:AssumeRoleWithWebIdentity", "allowed"),
        ("STS:assumerole*", "allowed"),
        ("sts:AssumeRole", "denied"),
        (["sts:TagSession", "sts:AssumeRoleWithWebIdentity"], "allowed"),
    ],
)
def test_the_action_must_be_the_exchange_of_a_token(action: object, expected: str) -> None:
    assert expected == said(exchanged(None, action=action))


def test_a_deny_in_a_trust_policy_counts() -> None:
    role_trust = trust(
        trusting({"Federated": PROVIDER}),
        trusting("*", {"StringLike": {SUB: "system:serviceaccount:ci:*"}}, "Deny"),
        trusting({"Federated": PROVIDER}, {"StringEquals": {SUB: "system:serviceaccount:shop:db"}}, "Deny"),
    )
    outcomes = {
        each: said(web_identity(role_trust, PROVIDER, ISSUER, each, "sts.amazonaws.com")) for each in EVERYONE[:3]
    }

    assert outcomes == {
        WEB: "allowed",
        "system:serviceaccount:shop:db": "denied",
        # Whether `*` means identities of a provider too, AWS does not say.
        "system:serviceaccount:ci:web": "undecided",
    }


def test_a_deny_for_all_but_one_provider_spares_that_one() -> None:
    def under(name: str) -> str:
        rule = trusting(None, effect="Deny", NotPrincipal={"Federated": name})
        role_trust = trust(trusting({"Federated": PROVIDER}), rule)
        return said(web_identity(role_trust, PROVIDER, ISSUER, WEB, "sts.amazonaws.com"))

    assert under(PROVIDER) == "allowed"
    assert under(PROVIDER + "X") == "denied"


def test_a_denial_cites_the_conditions_that_the_token_does_not_meet() -> None:
    verdict = exchanged({"StringLike": {SUB: "system:serviceaccount:ci:*"}, "StringEquals": {AUD: "sts.amazonaws.com"}})

    escaped = SUB.replace("/", "~1")
    assert [(fact.of, fact.at, fact.value) for fact in verdict.because] == [
        (
            TARGET,
            f"/AssumeRolePolicyDocument/Statement/0/Condition/StringLike/{escaped}",
            "system:serviceaccount:ci:*",
        )
    ]


def test_a_trust_without_conditions_cites_that_there_are_none() -> None:
    verdict = exchanged(None)

    cited = {fact.at: fact.value for fact in verdict.because}
    assert cited.get("/AssumeRolePolicyDocument/Statement/0/Condition", "set") is None


def test_a_condition_on_the_network_is_left_open_and_named() -> None:
    verdict = exchanged({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.1"]}})

    assert isinstance(verdict, Undecided)
    assert verdict.assumes[0].what.startswith("if aws:SourceIp is in 10.0.0.0/8 or 192.0.2.1 (")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_partitions_behave_alike(partition: str) -> None:
    provider = Ref(PROVIDER.replace("arn:aws:", f"arn:{partition}:"))
    role = Ref(TARGET.replace("arn:aws:", f"arn:{partition}:"))
    user = Ref(USER.replace("arn:aws:", f"arn:{partition}:"))
    role_trust = trust(trusting({"Federated": provider, "AWS": f"arn:{partition}:iam::{ACCOUNT}:root"}), of=role)

    assert said(web_identity(role_trust, provider, ISSUER, WEB, "sts.amazonaws.com")) == "allowed"
    assert said(assume(role_trust, user, Policies())) == "denied"
    assert said(assume(role_trust, user, Policies((allow("sts:AssumeRole", role),)))) == "allowed"
    if partition != "aws":
        assert said(web_identity(role_trust, PROVIDER, ISSUER, WEB, "sts.amazonaws.com")) == "denied"


def test_in_china_a_service_may_have_the_suffix_of_the_partition() -> None:
    role_trust = trust(trusting({"Service": "ec2.amazonaws.com.cn"}))

    assert said(service(role_trust, "ec2.amazonaws.com")) == "allowed"
    assert said(service(role_trust, "eks.amazonaws.com")) == "denied"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (ROLE, "allowed"),
        (f"arn:aws:iam::{ACCOUNT}:role/worker", "denied"),
        (f"arn:aws:iam::{ACCOUNT}:role/team/*", "denied"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ci", "undecided"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/worker/ci", "denied"),
        ("AROAEXAMPLEEXAMPLE123", "denied"),
    ],
)
def test_a_role_with_a_path_is_trusted_by_its_whole_arn(name: str, expected: str) -> None:
    assert expected == said(assume(trust(trusting({"AWS": name})), ROLE, Policies()))


def test_an_external_id_must_be_known_to_be_given() -> None:
    role_trust = trust(trusting({"AWS": USER}, {"StringEquals": {"sts:ExternalId": "e1"}}))

    assert said(assume(role_trust, USER, Policies())) == "undecided"
    known = context({"sts:ExternalId": "e1"})
    assert said(assume(role_trust, USER, Policies(), context=known)) == "allowed"
    assert said(assume(role_trust, USER, Policies(), context=context(chosen=["sts:ExternalId"]))) == "allowed"


def test_a_service_is_bound_by_the_conditions_on_what_it_acts_for() -> None:
    role_trust = trust(
        trusting({"Service": "pods.eks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    )

    assert said(service(role_trust, "pods.eks.amazonaws.com")) == "undecided"
    for given, expected in ((ACCOUNT, "allowed"), (OTHER, "denied")):
        known = context({"aws:SourceAccount": given}, chosen=())
        assert expected == said(service(role_trust, "pods.eks.amazonaws.com", context=known))
