"""Several accounts in one snapshot: what was collected of one says nothing of another."""

from __future__ import annotations

import pytest
from strategies.organizations import (
    HOME,
    OTHER,
    RCP,
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

from kpath.errors import UsageError
from kpath.model.aws import ACCOUNT_DETAILS
from kpath.query.coverage import missing
from kpath.query.iam import can, uncollected, who_can
from kpath.verdict import word

MINE, THEIRS = role("app", allow("s3:*", "sts:*"), trusts={"AWS": HOME}), role("app", allow("sts:*"), account=OTHER)
BUCKET = {"Policy": policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shop/*"})}
BOTH = (details(MINE), details(THEIRS))


def asked(answers: tuple[Json, ...], action: str, resource: str = "*", principal: str = MINE["Arn"]) -> str:
    return word(can(loaded(*answers), principal, action, resource, context={}, absent=()))


def test_two_accounts_are_read_side_by_side() -> None:
    model = loaded(*BOTH)

    assert {HOME, OTHER} == model.coverage.accounts
    assert ACCOUNT_DETAILS in model.coverage.listed


@pytest.mark.parametrize("more", [details(THEIRS) | {"IsTruncated": True}, {"Role": THEIRS}])
def test_an_account_that_was_collected_in_part_is_not_whole(more: Json) -> None:
    if "Role" in more:
        more = {"Role": {key: each for key, each in THEIRS.items() if "Polic" not in key}}
    model = loaded(details(MINE), more)

    assert {HOME} == model.coverage.accounts
    assert ACCOUNT_DETAILS not in model.coverage.listed
    assert ACCOUNT_DETAILS in uncollected(model, "*", THEIRS["Arn"])
    assert ACCOUNT_DETAILS not in uncollected(model, "*", MINE["Arn"])


def test_the_account_of_the_cluster_is_the_one_to_collect() -> None:
    def cluster(account: str) -> Json:
        return {"cluster": {"name": "shop", "arn": f"arn:aws:eks:eu-west-1:{account}:cluster/shop"}}

    assert ACCOUNT_DETAILS in missing(loaded(details(MINE), cluster(OTHER)))
    assert ACCOUNT_DETAILS not in missing(loaded(details(MINE), cluster(HOME)))
    assert ACCOUNT_DETAILS not in missing(loaded(*BOTH, cluster(OTHER)))


def test_who_can_lacks_the_account_of_the_resource() -> None:
    model = loaded(details(MINE))
    away = f"arn:aws:iam::{OTHER}:role/x"

    assert ACCOUNT_DETAILS in uncollected(model, away)
    assert ACCOUNT_DETAILS not in uncollected(model, f"arn:aws:iam::{HOME}:role/x")
    assert () == who_can(model, "iam:GetRole", away, context={}, absent=())


def test_a_principal_that_is_not_there_is_refused_only_where_its_account_is_whole() -> None:
    model = loaded(details(MINE))

    with pytest.raises(UsageError, match="has no"):
        can(model, f"arn:aws:iam::{HOME}:role/nobody", "s3:GetObject", "*", context={}, absent=())
    assert "undecided" == asked((details(MINE),), "s3:GetObject", principal=f"arn:aws:iam::{OTHER}:role/nobody")


def test_a_policy_of_the_other_side_binds_the_other_side() -> None:
    """Of a role that another account takes, the principal's SCPs and the role's RCPs count."""
    target = role("target", account=OTHER, trusts={"AWS": MINE["Arn"]})
    for kind, account, said in (
        (SCP, HOME, "denied"), (SCP, OTHER, "allowed"), (RCP, OTHER, "denied"), (RCP, HOME, "allowed"),
    ):  # fmt: skip
        found = Organization()
        found.add(kind, [deny("sts:*", **({"Principal": "*"} if kind == RCP else {}))], account)
        answers = (*found.answers(), details(MINE), details(target))
        assert (kind, account, said) == (kind, account, asked(answers, "sts:AssumeRole", target["Arn"]))


def test_of_a_bucket_whose_owner_is_open_only_what_binds_all_of_them_is_certain() -> None:
    for target, accounts, said in (
        (HOME, BOTH[:1], "denied"), (UNIT, BOTH, "denied"), (HOME, BOTH, "undecided"), (OTHER, BOTH, "undecided"),
    ):  # fmt: skip
        found = Organization()
        found.add(RCP, [deny("s3:*", Principal="*")], target)
        answers = (*found.answers(), *accounts, BUCKET)
        assert (target, said) == (target, asked(answers, "s3:GetObject", "arn:aws:s3:::shop/x"))
