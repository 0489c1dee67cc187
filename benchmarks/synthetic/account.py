"""An account of so many roles, as `iam get-account-authorization-details` prints it; the same bytes each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

ACCOUNT, REGION = "111122223333", "eu-west-1"
_CREATED = "2026-01-20T10:11:12+00:00"
_SERVICES = ("ec2", "lambda", "ecs-tasks", "codebuild", "glue", "states", "sagemaker", "cloudformation")
_ACTIONS = {
    "s3": ("GetObject", "PutObject", "ListBucket"), "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage"),
    "dynamodb": ("GetItem", "PutItem", "Query"), "kms": ("Decrypt", "GenerateDataKey"), "sns": ("Publish",),
    "logs": ("CreateLogStream", "PutLogEvents"), "secretsmanager": ("GetSecretValue",), "ssm": ("GetParameter*",),
    "ec2": ("Describe*",), "ecr": ("BatchGetImage", "GetDownloadUrlForLayer"), "cloudwatch": ("PutMetricData",),
}  # fmt: skip
_TEAM = 20
_SHARED = 40
# Larger accounts have no more of them.
_ADMINS = 5


def details(count: int, seed: int = 1) -> Json:
    """Roles in teams of twenty: most serve a service, some each other, few may change IAM, a handful are admins."""
    draw = random.Random(seed)
    policies = [_managed(number, draw) for number in range(_SHARED)]
    return {
        "UserDetailList": [_user(number, draw) for number in range(count // 20)],
        "GroupDetailList": [_group(number, draw) for number in range(10)],
        "RoleDetailList": [_role(number, count, draw) for number in range(count)],
        "Policies": policies,
        "IsTruncated": False,
    }


def _arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def _name(number: int) -> str:
    return f"team-{number // _TEAM:04}-{number % _TEAM:02}"


def _document(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}


def _managed(number: int, draw: random.Random) -> Json:
    version = {"Document": _document(list(_app(f"shared-{number}", draw, 4))), "VersionId": "v1",
    "IsDefaultVersion": True,
               "CreateDate": _CREATED}  # fmt: skip
    return {
        "PolicyName": f"shared-{number}", "PolicyId": f"ANPA{number:017}", "Arn": _arn(f"policy/shared-{number}"),
        "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True,
        "CreateDate": _CREATED, "UpdateDate": _CREATED, "PolicyVersionList": [version],
    }  # fmt: skip


def _app(name: str, draw: random.Random, most: int) -> Iterator[Json]:
    """What an application needs: some actions on things of its own."""
    for service in draw.sample(sorted(_ACTIONS), draw.randint(2, most)):
        actions = [f"{service}:{each}" for each in _ACTIONS[service]]
        resource = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}*"
        if service == "s3":
            resource = f"arn:aws:s3:::{name}/*"
        yield {"Effect": "Allow", "Action": actions, "Resource": "*" if service == "ec2" else resource}


def _role(number: int, count: int, draw: random.Random) -> Json:
    name, team = _name(number), f"team-{number // _TEAM:04}"
    statements = list(_app(name, draw, 5))
    kind = draw.random()
    if kind < 0.10:
        statements.append({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": _arn(f"role/{team}-*")})
    elif kind < 0.14:
        statements.append({"Effect": "Allow", "Action": ["iam:PassRole", "lambda:*"], "Resource": "*"})
    elif kind < 0.16:
        statements.append(
            {"Effect": "Allow", "Action": ["iam:Put*", "iam:Attach*"], "Resource": _arn(f"role/{team}-*")}
        )
    elif kind < 0.16 + _ADMINS / count:
        statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    if draw.random() < 0.1:
        condition = {"StringNotEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}}
        statements.append({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": condition})
    attached = draw.sample(range(_SHARED), draw.randint(0, 3))
    found: Json = {
        "Path": "/", "RoleName": name, "RoleId": f"AROA{number:017}", "Arn": _arn(f"role/{name}"),
        "CreateDate": _CREATED,
        "AssumeRolePolicyDocument": _document([_trust(number, count, draw)]), "InstanceProfileList": [],
        "RolePolicyList": [{"PolicyName": "app", "PolicyDocument": _document(statements)}],
        "AttachedManagedPolicies": [
            {"PolicyName": f"shared-{each}", "PolicyArn": _arn(f"policy/shared-{each}")} for each in attached
        ],
        "Tags": [{"Key": "team", "Value": team}], "RoleLastUsed": {},
    }  # fmt: skip
    if draw.random() < 0.1:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": _arn(f"policy/shared-{draw.randrange(_SHARED)}"),
        }  # fmt: skip
    return found


def _trust(number: int, count: int, draw: random.Random) -> Json:
    kind = draw.random()
    if kind < 0.75:
        principal: Json = {"Service": f"{draw.choice(_SERVICES)}.amazonaws.com"}
    elif kind < 0.9:
        first = number // _TEAM * _TEAM
        mates = range(first, min(first + _TEAM, count))
        principal = {"AWS": [_arn(f"role/{_name(each)}") for each in draw.sample(mates, min(2, len(mates)))]}
    else:
        principal = {"AWS": _arn("root")}
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}


def _user(number: int, draw: random.Random) -> Json:
    return {
        "Path": "/", "UserName": f"user-{number}", "UserId": f"AIDA{number:017}", "Arn": _arn(f"user/user-{number}"),
        "CreateDate": _CREATED, "GroupList": [f"group-{draw.randrange(10)}"], "AttachedManagedPolicies": [], "Tags": [],
        "UserPolicyList": [],
    }  # fmt: skip


def _group(number: int, draw: random.Random) -> Json:
    assume: Json = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": _arn(f"role/team-00{number:02}-*")}
    return {
        "Path": "/", "GroupName": f"group-{number}", "GroupId": f"AGPA{number:017}",
        "Arn": _arn(f"group/group-{number}"),
        "CreateDate": _CREATED, "AttachedManagedPolicies": [],
        "GroupPolicyList": [{"PolicyName": "team", "PolicyDocument": _document([*_app(f"g{number}", draw, 3),
        assume])}],
    }  # fmt: skip
