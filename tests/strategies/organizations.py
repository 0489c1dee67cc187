"""Organisations as the AWS CLI prints them: a root, a unit in it, and the accounts in that."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from kpath.model.load import load
from kpath.model.tables import Model
from strategies.iam import ACTIONS, CONDITIONS, RESOURCES
from strategies.words import AWAY, chance, few, one

Json = dict[str, Any]
HOME, OTHER, MANAGEMENT = "111122223333", "444455556666", "999900001111"
ID, ROOT, UNIT = "o-abcdefghij", "r-ab12", "ou-ab12-11111111"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def arn(kind: str, rest: str, partition: str = "aws") -> str:
    return f"arn:{partition}:organizations::{MANAGEMENT}:{kind}/{ID}/{rest}"


def policy(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Organization:
    """Everything that there is to collect of an organisation; change it, or leave a part out."""

    def __init__(self, members: Sequence[str] = (HOME, OTHER), partition: str = "aws") -> None:
        self.members, self.partition = members, partition
        self.features, self.types = "ALL", [SCP, RCP]
        every = [ROOT, UNIT, MANAGEMENT, *members]
        prefix = f"arn:{partition}:organizations::aws:policy"
        self.full = {
            SCP: self.described(f"{prefix}/service_control_policy/p-FullAWSAccess", SCP, [EVERYTHING], every),
            RCP: self.described(
                f"{prefix}/resource_control_policy/p-RCPFullAWSAccess", RCP, [{**EVERYTHING, "Principal": "*"}], every
            ),
        }
        self.policies = [*self.full.values()]

    @staticmethod
    def described(arn_: str, kind: str, statements: Iterable[Json], targets: Iterable[str]) -> Json:
        summary = {
            "Id": arn_.rpartition("/")[2],
            "Arn": arn_,
            "Name": "p",
            "Type": kind,
            "AwsManaged": "::aws:" in arn_,
        }
        attached = [{"TargetId": each, "Type": _type(each)} for each in targets]
        return {"Policy": {"PolicySummary": summary, "Content": policy(*statements)}, "Targets": attached}

    def add(self, kind: str, statements: Iterable[Json], *targets: str, name: str = "p-11111111") -> str:
        """One more policy, and its ARN."""
        found = arn("policy", f"{kind.lower()}/{name}", self.partition)
        self.policies.append(self.described(found, kind, statements, targets))
        return found

    def only(self, kind: str, statements: Iterable[Json], target: str, name: str = "p-22222222") -> str:
        """A policy in the place of the one that allows everything."""
        targets = self.full[kind]["Targets"]
        targets[:] = [each for each in targets if each["TargetId"] != target]
        return self.add(kind, statements, target, name=name)

    def answers(self, *without: str) -> list[Json]:
        """What the AWS CLI says of it; `without` the answers that have one of some keys."""
        types = [{"Type": each, "Status": "ENABLED"} for each in self.types]
        members = [self._account(each) for each in (MANAGEMENT, *self.members)]
        found: list[Json] = [
            {"Organization": {"Id": ID, "Arn": arn("organization", "")[:-1], "MasterAccountId": MANAGEMENT,
                              "FeatureSet": self.features}},
            {"Accounts": members},
            {"Roots": [{"Id": ROOT, "Arn": arn("root", ROOT, self.partition), "Name": "Root", "PolicyTypes": types}]},
            {"ParentId": ROOT, "OrganizationalUnits": [{"Id": UNIT, "Arn": arn("ou", UNIT, self.partition)}]},
            {"ParentId": ROOT, "Children": [{"Id": MANAGEMENT, "Type": "ACCOUNT"}]},
            *({"ChildId": each, "Parents": [{"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}]} for each in self.members),
            *self.policies,
        ]  # fmt: skip
        return [each for each in found if not set(without) & each.keys()]

    def _account(self, number: str) -> Json:
        return {"Id": number, "Arn": arn("account", number, self.partition), "Status": "ACTIVE"}


def _type(target: str) -> str:
    return {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}.get(target[0], "ACCOUNT")


def loaded(*answers: Json) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        for number, answer in enumerate(answers):
            (Path(folder) / f"{number:03}.json").write_text(json.dumps(answer))
        return load([folder])


def deny(action: str, **more: object) -> Json:
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


def allow(*actions: str) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def details(*roles: Json) -> Json:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": []}


def role(name: str, *statements: Json, account: str = HOME, trusts: object = None, partition: str = "aws") -> Json:
    """A role with an inline policy, and whom it trusts."""
    trust = [{"Effect": "Allow", "Principal": trusts, "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]}]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Arn": f"arn:{partition}:iam::{account}:role/{name}", "RoleName": name.rpartition("/")[2],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust if trusts else []},
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document}] if statements else [],
        "AttachedManagedPolicies": [], "InstanceProfileList": [],
    }  # fmt: skip


KEYS: tuple[Json, ...] = (
    {"StringNotEquals": {"aws:PrincipalOrgID": ID}}, {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-other"}},
    {"StringEquals": {"aws:ResourceOrgID": ID}}, {"StringEquals": {"aws:PrincipalAccount": HOME}},
    {"StringNotEquals": {"aws:ResourceAccount": AWAY}}, {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ID}/{ROOT}/{UNIT}/*"}},
)  # fmt: skip
CAPPED = ("iam:*", "sts:*", "eks:*", "ec2:*", "ssm:*", "lambda:*", "iam:PassRole", "ecr:*", *ACTIONS)


def organization(draw: st.DrawFn) -> list[Json]:
    """An organisation that the account is in, with some policies; any answer may be missing."""
    found = Organization(one(draw, (HOME,), (HOME, AWAY)))
    if chance(draw, 10):
        found.features = "CONSOLIDATED_BILLING"
    if chance(draw, 10):
        found.types = [one(draw, SCP, RCP)]
    for number in range(one(draw, 0, 1, 1, 2)):
        kind = one(draw, SCP, SCP, RCP)
        found.add(kind, [statement(draw, kind)], *few(draw, (ROOT, UNIT, HOME, AWAY), 2, 1), name=f"p-{number:08}")
    if chance(draw, 40):
        left: Json = one(
            draw, allow("*"), allow("sts:*", "s3:*", "iam:*"), {**allow(), "NotAction": one(draw, *CAPPED)}
        )
        left.pop("Action" if "NotAction" in left else "", None)
        found.only(SCP, [left], one(draw, ROOT, UNIT, HOME))
    for each in found.policies:
        if chance(draw, 10):
            del each["Targets"]
    lost = [key for key in ("Organization", "Accounts", "Roots", "Parents", "Policy") if chance(draw, 8)]
    return found.answers(*lost)


def statement(draw: st.DrawFn, kind: str) -> Json:
    """A denial, such as organisations have."""
    found = deny(one(draw, *CAPPED)) | ({"Principal": "*"} if kind == RCP else {})
    if chance(draw, 20):
        found["Resource"] = one(draw, *RESOURCES)
    return found | ({"Condition": one(draw, *KEYS, *CONDITIONS)} if chance(draw, 50) else {})
