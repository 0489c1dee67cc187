"""Random IAM: roles with their trusts, users, groups, policies and boundaries."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.words import (
    AUDIENCES,
    AWAY,
    HOME,
    OTHER_ISSUER,
    PROVIDER,
    ROLES,
    SPACES,
    Json,
    chance,
    few,
    one,
    role_arn,
)

ACTIONS = (
    "*", "sts:AssumeRole", "sts:*", "s3:GetObject", "s3:Get*", "S3:getobject", "secretsmanager:GetSecretValue", "iam:*",
    "ec2:DescribeInstances",
)  # fmt: skip
RESOURCES = (
    "*", role_arn("app"), role_arn("ci/*"), role_arn("deploy"), role_arn("*", AWAY), role_arn("partner", AWAY),
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::*", "arn:aws:s3:::logs", "arn:aws:s3:::home-${aws:username}/*", "arn:aws:s3:::logs/2024/*",
    "arn:aws:s3:::lo*/2024/*",
    f"arn:aws:secretsmanager:*:{HOME}:secret:db-*",
)  # fmt: skip
CONDITIONS: tuple[Json, ...] = (
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}},
    {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {"BoolIfExists": {"aws:MultiFactorAuthPresent": True}},
    {"StringEquals": {"aws:PrincipalTag/team": ["ops", "dev"]}}, {"StringNotEquals": {"aws:PrincipalTag/team": "ops"}},
    {"StringLike": {"aws:PrincipalTag/team": "o*"}}, {"Null": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"sts:ExternalId": "x"}}, {"StringResembles": {"aws:PrincipalTag/team": "ops"}},
    {"StringEqualsIfExists": {"sts:RoleSessionName": "x"}},
)  # fmt: skip


def profile(name: str) -> Json:
    roles = [{"RoleName": name, "Arn": role_arn(name), "Path": "/"}]
    return {"Arn": f"arn:aws:iam::{HOME}:instance-profile/{name}", "InstanceProfileName": name, "Roles": roles}


def details(draw: st.DrawFn) -> Json:
    roles = [role(draw, name) for name in ROLES if chance(draw, 75)]
    if chance(draw, 25):
        roles.append(role(draw, "partner", AWAY))
    users, groups, policies = [], [], []
    if chance(draw, 50):
        user = {"Arn": f"arn:aws:iam::{HOME}:user/alice", "UserName": "alice", "UserPolicyList": inline(draw)}
        users.append(user | {"GroupList": one(draw, [], ["ops"])} | holder(draw))
        if chance(draw, 80):
            groups.append(
                {"Arn": f"arn:aws:iam::{HOME}:group/ops", "GroupName": "ops", "GroupPolicyList": inline(draw)}
            )
    if chance(draw, 70):
        versions = [{"VersionId": "v1", "IsDefaultVersion": False, "Document": policy([ALLOW_ALL])},
                    {"VersionId": "v2", "IsDefaultVersion": True, "Document": policy(statements(draw))}]  # fmt: skip
        policies.append(
            {"Arn": f"arn:aws:iam::{HOME}:policy/shared", "PolicyName": "shared", "PolicyVersionList": versions}
        )
    return {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies}


ALLOW_ALL: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(found: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": found[0] if len(found) == 1 else found}


def role(draw: st.DrawFn, name: str, account: str = HOME) -> Json:
    path, _, last = name.rpartition("/")
    return {
        "Arn": role_arn(name, account), "RoleName": last, "Path": f"/{path}/" if path else "/",
        "AssumeRolePolicyDocument": policy([trust(draw, account) for _ in range(one(draw, 1, 1, 2))]),
        "RolePolicyList": inline(draw), "InstanceProfileList": [profile(name)] if name in ("node", "app") else [],
    } | holder(draw)  # fmt: skip


def inline(draw: st.DrawFn) -> list[Json]:
    if chance(draw, 40):
        return []
    return [{"PolicyName": "inline", "PolicyDocument": policy(statements(draw))}]


def holder(draw: st.DrawFn) -> Json:
    """Attached policies and a boundary."""
    arns = (f"arn:aws:iam::{HOME}:policy/shared", "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/NotCollected")  # fmt: skip
    weights = (arns[0], arns[0], arns[1], arns[2], arns[2], arns[3])
    attached = [one(draw, *weights)] if chance(draw, 40) else []
    found: Json = {
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached]
    }
    if chance(draw, 20):
        arn = one(draw, arns[0], arns[1])
        found["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return found


def statements(draw: st.DrawFn) -> list[Json]:
    found: list[Json] = []
    for _ in range(one(draw, 1, 1, 2)):
        statement: Json = {"Effect": one(draw, "Allow", "Allow", "Allow", "Deny")}
        actions = few(draw, ACTIONS, 2, 1)
        name = "NotAction" if chance(draw, 10) and "*" not in actions else "Action"
        statement[name] = actions[0] if len(actions) == 1 else actions
        name = "NotResource" if chance(draw, 5) else "Resource"
        statement[name] = one(draw, "*", one(draw, *RESOURCES), few(draw, RESOURCES, 2, 1))
        if chance(draw, 20):
            statement["Condition"] = one(draw, *CONDITIONS)
        found.append(statement)
    return found


def trust(draw: st.DrawFn, account: str) -> Json:
    kind = one(draw, "ec2", "irsa", "irsa", "irsa", "role", "role", "root", "everyone", "session")
    effect = one(draw, "Allow", "Allow", "Allow", "Allow", "Deny")
    if kind == "ec2":
        return {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    if kind == "irsa":
        return {"Effect": effect, **federated(draw)}
    named = [role_arn(name) for name in ROLES] + [f"arn:aws:iam::{HOME}:user/alice", role_arn("partner", AWAY)]
    principal: object = {
        "role": {"AWS": few(draw, named, 2, 1)},
        "root": {"AWS": one(draw, f"arn:aws:iam::{HOME}:root", HOME, f"arn:aws:iam::{AWAY}:root")},
        "everyone": one(draw, "*", {"AWS": "*"}),
        "session": {"AWS": f"arn:aws:sts::{HOME}:assumed-role/{one(draw, 'node', 'deploy')}/i-0000"},
    }[kind]
    # Which session it is stays open, and so does whether `*` means tokens too: two statements about that
    # are not weighed against each other.
    effect = "Allow" if kind in ("session", "everyone") else effect
    found: Json = {"Effect": effect, "Principal": principal, "Action": one(draw, "sts:AssumeRole", ["sts:*"])}
    if chance(draw, 25):
        arn: Json = {"ArnLike": {"aws:PrincipalArn": role_arn("ci/*")}}
        found["Condition"] = one(draw, arn, *CONDITIONS)
    return found


def federated(draw: st.DrawFn) -> Json:
    """A trust in the cluster's tokens: exact, with wildcards, or of something else."""
    provider = one(draw, PROVIDER, PROVIDER, PROVIDER, f"arn:aws:iam::{HOME}:oidc-provider/{OTHER_ISSUER}")
    issuer = provider.partition(":oidc-provider/")[2]
    condition: Json = {}
    if chance(draw, 80):
        subject = f"system:serviceaccount:{one(draw, *SPACES, '*')}:{one(draw, 'web', 'deployer', '*')}"
        operator = one(draw, "StringEquals", "StringLike", "StringLike", "ForAnyValue:StringLike", "StringNotLike")
        condition.setdefault(operator, {})[f"{issuer}:sub"] = one(
            draw, subject, [subject, "system:serviceaccount:ci:web"]
        )
    if chance(draw, 50):
        condition.setdefault("StringEquals", {})[f"{issuer}:aud"] = one(draw, *AUDIENCES)
    if chance(draw, 10):
        condition.setdefault("StringLike", {})[f"{OTHER_ISSUER}:sub"] = "system:serviceaccount:ci:*"
    if chance(draw, 10):
        condition["IpAddress"] = {"aws:SourceIp": "10.0.0.0/8"}
    found: Json = {"Principal": {"Federated": provider}, "Action": one(draw, "sts:AssumeRoleWithWebIdentity", "sts:*")}
    return found | ({"Condition": condition} if condition else {})
