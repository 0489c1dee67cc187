"""What an organisation's documents make of the answers about its accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from strategies.organizations import (
    EVERYTHING,
    HOME,
    ID,
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
    policy,
    role,
)

from kpath.graph.derive import derived
from kpath.model.tables import Model
from kpath.query.iam import can, uncollected, who_can
from kpath.refs import Ref
from kpath.rules import rules
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.trust import service, web_identity
from kpath.verdict import Denied, Verdict, word

Change = Callable[[Organization], object]
Roles = tuple[Json, ...]
APP = role("app", allow("s3:*", "sts:*", "secretsmanager:*"), trusts={"AWS": HOME})
CALL = "s3:ListAllMyBuckets"
WITHOUT_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
ALL_OF_IT = ("Organization", "Accounts", "Roots", "Parents", "ParentId", "Policy")
CEILINGS = "organizations list-policies-for-target"


def asked(model: Model, action: str = CALL, resource: str = "*", principal: str = APP["Arn"]) -> Verdict:
    return can(model, principal, action, resource, context={}, absent=())


def changed(change: Change | None = None, *without: str, roles: Roles = (APP,), more: Roles = ()) -> Model:
    found = Organization()
    if change is not None:
        change(found)
    return loaded(*found.answers(*without), details(*roles), *more)


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("allowed", lambda _: None),
        ("denied", lambda it: it.add(SCP, [deny("s3:*")], ROOT)),
        ("denied", lambda it: it.add(SCP, [deny("s3:*")], UNIT)),
        ("denied", lambda it: it.add(SCP, [deny("s3:*")], HOME)),
        ("allowed", lambda it: it.add(SCP, [deny("s3:*")], OTHER)),
        ("allowed", lambda it: it.add(SCP, [deny("ec2:*")], ROOT)),
        # Every level must allow; of the policies of a level, one is enough.
        ("denied", lambda it: it.only(SCP, [allow("ec2:*")], ROOT)),
        ("denied", lambda it: it.only(SCP, [allow("ec2:*")], HOME)),
        ("allowed", lambda it: it.only(SCP, [allow("s3:*")], UNIT)),
        ("allowed", lambda it: (it.only(SCP, [allow("ec2:*")], UNIT), it.add(SCP, [allow("s3:*")], UNIT))),
        ("allowed", lambda it: it.add(SCP, [allow("ec2:*")], UNIT)),
        # No service control policies, whatever is attached.
        ("allowed", lambda it: (it.add(SCP, [deny("s3:*")], ROOT), it.types.remove(SCP))),
        ("allowed", lambda it: (it.add(SCP, [deny("s3:*")], ROOT), setattr(it, "features", "CONSOLIDATED_BILLING"))),
        # A level of which no policy is known is unknown, not empty.
        ("undecided", lambda it: it.policies.clear()),
        ("undecided", lambda it: it.full[SCP].pop("Targets")),
        ("undecided", lambda it: it.add(SCP, [deny("s3:*")]) and it.policies[-1].pop("Targets")),
        ("undecided", lambda it: it.add(SCP, [deny("s3:*")]) and it.policies[-1].update(NextToken="x")),
        ("undecided", lambda it: it.add(SCP, [deny("s3:*", Condition=WITHOUT_MFA)], ROOT)),
    ],
)  # fmt: skip
def test_what_is_attached_above_a_member_decides(said: str, change: Change) -> None:
    assert said == word(asked(changed(change)))


def test_a_denial_cites_the_policy_of_the_organisation() -> None:
    found = Organization()
    arn = found.add(SCP, [allow("ec2:*"), deny("s3:*")], UNIT)
    model = loaded(*found.answers(), details(APP))

    verdict = asked(model)

    expected = {f"/Policy/Content/Statement/1/{field}" for field in ("Effect", "Action", "Resource", "Condition")}
    assert {(arn, at) for at in expected} == {(fact.of, fact.at) for fact in verdict.because}
    assert (model.file_of(Ref(arn)) or "").endswith(".json")


def test_the_management_account_and_service_linked_roles_are_free() -> None:
    linked = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    roles = (role("app", allow("s3:*"), account=MANAGEMENT), role(linked, allow("s3:*")), APP)
    model = changed(lambda it: it.add(SCP, [deny("s3:*")], ROOT), roles=roles)

    assert ["allowed", "allowed", "denied"] == [word(asked(model, principal=each["Arn"])) for each in roles]


def test_the_root_user_of_a_member_is_bound() -> None:
    model = changed(lambda it: it.add(SCP, [deny("s3:*")], ROOT))

    assert "denied" == word(asked(model, principal=f"arn:aws:iam::{HOME}:root"))
    assert "allowed" == word(asked(model, "ec2:RunInstances", principal=f"arn:aws:iam::{HOME}:root"))


BUCKET = {"Policy": policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shop/*"})}


@pytest.mark.parametrize("kind", [SCP, RCP])
def test_what_a_resource_grants_is_bound_as_well(kind: str) -> None:
    names = {"Principal": "*"} if kind == RCP else {}
    silent = role("silent", trusts={"AWS": HOME})
    for change, said in ((None, "allowed"), (lambda it: it.add(kind, [deny("s3:*", **names)], UNIT), "denied")):
        model = changed(change, roles=(silent,), more=(BUCKET,))
        assert said == word(asked(model, "s3:GetObject", "arn:aws:s3:::shop/x", silent["Arn"]))


@pytest.mark.parametrize(
    ("action", "resource", "said"),
    [
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:db-AbCdEf", "denied"),
        ("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/target", "denied"),
        ("ec2:RunInstances", f"arn:aws:ec2:eu-west-1:{HOME}:instance/*", "allowed"),
        ("iam:GetRole", f"arn:aws:iam::{HOME}:role/target", "allowed"),
    ],
)
def test_resource_control_policies_bind_some_services(action: str, resource: str, said: str) -> None:
    roles = (role("app", EVERYTHING), role("target", trusts={"AWS": HOME}))
    model = changed(lambda it: it.add(RCP, [deny("*", Principal="*")], UNIT), roles=roles, more=({"SecretList": []},))

    assert said == word(asked(model, action, resource))


def test_resource_control_policies_bind_services_and_tokens_but_not_service_linked_roles() -> None:
    issuer = "oidc.eks.eu-west-1.amazonaws.com/id/AAAA"
    provider = f"arn:aws:iam::{HOME}:oidc-provider/{issuer}"
    trusted = {"Service": "ec2.amazonaws.com", "Federated": provider}
    linked = role("aws-service-role/ec2.amazonaws.com/X", trusts=trusted)
    roles = (role("app", trusts=trusted), linked)
    for change, said in ((None, "allowed"), (lambda it: it.add(RCP, [deny("sts:*", Principal="*")], HOME), "denied")):
        model = changed(change, roles=roles)
        owner, app = standing(model, HOME), trusts(model)[Ref(roles[0]["Arn"])]
        subject = "system:serviceaccount:shop:web"
        assert said == word(service(app, "ec2.amazonaws.com", owner=owner))
        assert said == word(web_identity(app, Ref(provider), issuer, subject, "sts.amazonaws.com", owner=owner))
        assert "allowed" == word(service(trusts(model)[Ref(linked["Arn"])], "ec2.amazonaws.com", owner=owner))


def test_resource_control_policies_do_not_bind_the_management_account() -> None:
    roles = (
        role("app", allow("sts:*"), account=MANAGEMENT),
        role("target", account=MANAGEMENT, trusts={"AWS": MANAGEMENT}),
    )
    model = changed(lambda it: it.add(RCP, [deny("*", Principal="*")], ROOT), roles=roles)

    assert "allowed" == word(asked(model, "sts:AssumeRole", roles[1]["Arn"], roles[0]["Arn"]))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("aws:PrincipalOrgID", ID, "allowed"), ("aws:PrincipalOrgID", "o-zzzzzzzzzz", "denied"),
        ("aws:ResourceOrgID", ID, "allowed"), ("aws:ResourceOrgID", "o-zzzzzzzzzz", "denied"),
        ("aws:PrincipalOrgPaths", f"{ID}/{ROOT}/{UNIT}/", "allowed"),
        ("aws:PrincipalOrgPaths", f"{ID}/{ROOT}/x/*", "denied"),
        ("aws:ResourceOrgPaths", f"{ID}/{ROOT}/*", "allowed"), ("aws:ResourceOrgPaths", f"{ID}/r-x/*", "denied"),
        ("aws:PrincipalAccount", HOME, "allowed"), ("aws:ResourceAccount", OTHER, "denied"),
    ],
)  # fmt: skip
def test_keys_of_the_organisation_are_known(key: str, value: str, said: str) -> None:
    operator = "ForAnyValue:StringLike" if "Paths" in key else "StringEquals"
    me = role("me", {**allow("sts:*"), "Condition": {operator: {key: value}}})
    target = role("target", trusts={"AWS": HOME})
    known, unknown = changed(roles=(me, target)), loaded(details(me, target))

    assert said == word(asked(known, "sts:AssumeRole", target["Arn"], me["Arn"]))
    assert word(asked(unknown, "sts:AssumeRole", target["Arn"], me["Arn"])) == ("undecided" if "Org" in key else said)


STRANGER = "123412341234"


@pytest.mark.parametrize(
    ("account", "without", "missing"),
    [
        (HOME, (), ()), (MANAGEMENT, (), ()), (STRANGER, (), ()),
        (STRANGER, ("Accounts",), ("organizations list-accounts",)),
        (HOME, ("Organization",), ()),
        (HOME, ("Parents",), ("organizations list-parents",)),
        (HOME, ("Policy",), (CEILINGS,)),
        (HOME, ("Roots", "Policy"), (CEILINGS,)),
        (HOME, ALL_OF_IT, (CEILINGS,)),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_of_each_account(
    account: str, without: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    me = role("app", allow("s3:*"), account=account)
    model = changed(None, *without, roles=(me,))

    assert missing == uncollected(model, "*", me["Arn"])


def test_without_an_organisation_nothing_is_added_or_taken() -> None:
    for without in (ALL_OF_IT, ("Roots", "Policy")):
        assert "allowed" == word(asked(changed(None, *without)))
        assert () == standing(changed(None, *without), HOME).scps


def test_administrators_are_capped_by_what_binds_the_account() -> None:
    admin = role("admin", EVERYTHING)

    def is_admin(change: Change | None) -> bool:
        return any(True for _ in derived(changed(change, roles=(admin,)), [rules()["AWS_ADMIN"]]))

    assert is_admin(None)
    assert is_admin(lambda it: it.add(SCP, [deny("s3:*")], ROOT))
    assert not is_admin(lambda it: it.add(SCP, [deny("iam:*")], ROOT))
    assert not is_admin(lambda it: it.only(SCP, [allow("s3:*")], HOME))


def test_nobody_may_what_the_organisation_denies() -> None:
    model = changed(
        lambda it: it.add(SCP, [deny("s3:*")], UNIT), roles=(APP, role("app", allow("s3:*"), account=OTHER))
    )

    assert () == who_can(model, CALL, "*", context={}, absent=())
    assert isinstance(asked(model), Denied)
