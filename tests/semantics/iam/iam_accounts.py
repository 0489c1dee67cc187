"""Small accounts in which one way of raising privileges is open: everything it takes, and nothing else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from strategies.organizations import Organization

from kpath.graph.derive import derived
from kpath.model.load import load
from kpath.rules import Step, rules
from kpath.semantics.iam.escalation.table import Way

Json = dict[str, Any]
HOME = "111122223333"
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
FENCE, MINE = f"arn:aws:iam::{HOME}:policy/fence", f"arn:aws:iam::{HOME}:policy/mine"
IDP = f"arn:aws:iam::{HOME}:oidc-provider/idp.example"


def document(statements: Iterable[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Iterable[str]) -> list[Json]:
    """A statement for each action, so that one can be taken away."""
    return [{"Effect": "Allow", "Action": action, "Resource": "*"} for action in actions]


class Account:
    """`me` has what a way takes; `target` is who it leads to."""

    def __init__(self, way: Way) -> None:
        self.way = way
        words = " ".join(way.actions)
        is_user = way.rule == "IAM_SELF_ESCALATE" and ("User" in words or "Group" in words)
        # What lifts a boundary is of use to whom nothing else keeps from everything.
        self.lifts = "PermissionsBoundary" in words
        self.me = self._me("user" if is_user else "role")
        self.own: list[Json] = [*allow(way.actions), *([EVERYTHING] if self.lifts else [])]
        self.fence: list[Json] | None = allow(way.actions) if self.lifts else None
        self.service = way.service
        self.target, self.trusted = self._target(), HOME
        self.organization: Organization | None = None
        is_changed = "OpenIDConnectProvider" in words and "CreateOpenIDConnectProvider" not in words
        self.providers = [IDP] if is_changed else []
        # What else the AWS CLI says.
        self.there: list[Json] = []

    def _me(self, kind: str) -> Json:
        found: Json = {"Arn": f"arn:aws:iam::{HOME}:{kind}/me", f"{kind.title()}Name": "me"}
        if kind == "user":
            is_in = "AddUserToGroup" not in self.way.actions[0]
            return found | {"GroupList": ["ops"] if is_in else []}
        has = self.way.rule == "IAM_SELF_ESCALATE" and "Policy" in self.way.actions[0]
        attached = [{"PolicyName": "mine", "PolicyArn": MINE}] if has else []
        return found | {"AssumeRolePolicyDocument": document([]), "AttachedManagedPolicies": attached}

    def _target(self) -> Json:
        arn = f"arn:aws:iam::{HOME}:role/target"
        profile = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/target", "InstanceProfileName": "target"}
        attached = [{"PolicyName": "mine", "PolicyArn": MINE}]
        return {
            "Arn": arn, "RoleName": "target", "AttachedManagedPolicies": attached,
            "InstanceProfileList": [profile | {"Roles": [{"RoleName": "target", "Arn": arn}]}],
        }  # fmt: skip

    def _trust(self) -> Json:
        principal: Json = {"Service": self.service or "nobody.amazonaws.com"}
        action = "sts:AssumeRole"
        if action in self.way.actions:
            principal = {"AWS": self.trusted}
        elif any("OpenIDConnectProvider" in each for each in self.way.actions):
            principal, action = {"Federated": IDP}, "sts:AssumeRoleWithWebIdentity"
        return document([{"Effect": "Allow", "Principal": principal, "Action": action}])

    def answers(self) -> list[Json]:
        """What the AWS CLI says of it."""
        kind = "User" if ":user/" in self.me["Arn"] else "Role"
        me = self.me | {f"{kind}PolicyList": [{"PolicyName": "own", "PolicyDocument": document(self.own)}]}
        versions = [{"VersionId": "v2", "IsDefaultVersion": True, "Document": document([])}]
        versions.append({"VersionId": "v1", "IsDefaultVersion": False, "Document": document([EVERYTHING])})
        policies = [{"Arn": MINE, "PolicyName": "mine", "PolicyVersionList": versions}]
        if self.fence is not None:
            me["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": FENCE}
            versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document(self.fence)}]
            policies.append({"Arn": FENCE, "PolicyName": "fence", "PolicyVersionList": versions})
        target = self.target | {"AssumeRolePolicyDocument": self._trust()}
        ops = {"Arn": f"arn:aws:iam::{HOME}:group/ops", "GroupName": "ops"}
        if "AddUserToGroup" in self.way.actions[0]:
            ops["GroupPolicyList"] = [{"PolicyName": "all", "PolicyDocument": document([EVERYTHING])}]  # type: ignore[assignment]
        users = [{"Arn": f"arn:aws:iam::{HOME}:user/bob", "UserName": "bob", "GroupList": []}]
        details = {
            "UserDetailList": [*users, me] if kind == "User" else users,
            "RoleDetailList": [target] if kind == "User" else [target, me],
            "GroupDetailList": [ops], "Policies": policies,
        }  # fmt: skip
        around = self.organization.answers() if self.organization is not None else []
        listed = {"OpenIDConnectProviderList": [{"Arn": arn} for arn in self.providers]}
        return [details, listed, *self.there, *around]

    def steps(self, *ids: str) -> list[Step]:
        """The steps that `me` can take, by the rule of the way or by some rules."""
        with tempfile.TemporaryDirectory() as folder:
            for number, answer in enumerate(self.answers()):
                (Path(folder) / f"{number}.json").write_text(json.dumps(answer))
            chosen = [rules()[each] for each in ids or (self.way.rule,)]
            found = [step for _, step in derived(load([folder]), chosen)]
        return [step for step in found if step.sources == self.me["Arn"]]

    def ways(self) -> set[str]:
        """The ways that `me` can take."""
        return {step.way for step in self.steps()}
