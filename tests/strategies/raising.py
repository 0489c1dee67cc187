"""Accounts in which somebody holds most of what some way of raising privileges takes."""

from __future__ import annotations

from hypothesis import strategies as st

from kpath.semantics.iam.escalation.table import Way, ways
from strategies import running
from strategies.iam import ALLOW_ALL, CONDITIONS, policy, profile
from strategies.words import HOME, Json, chance, few, one, role_arn

PHRASES: tuple[tuple[str, ...], ...] = ()

SERVICES = sorted({way.service for way in ways() if way.service})
IDP = f"arn:aws:iam::{HOME}:oidc-provider/idp.example"
FENCE = f"arn:aws:iam::{HOME}:policy/fence"
MINE = f"arn:aws:iam::{HOME}:policy/mine"
HELP = f"arn:aws:iam::{HOME}:policy/help"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
FULL = "arn:aws:iam::aws:policy/IAMFullAccess"


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    found = next((each for each in documents if "RoleDetailList" in each), None)
    if found is None:
        found = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        documents.append(found)
    way = one(draw, *ways())
    starts = [start(draw, way, one(draw, "role", "user"))]
    for each in starts:
        found["RoleDetailList" if ":role/" in each["Arn"] else "UserDetailList"].append(each)
    found["RoleDetailList"] += roles(draw, way, starts)
    found["UserDetailList"].append({"Arn": f"arn:aws:iam::{HOME}:user/bob", "UserName": "bob", "GroupList": []})
    found["GroupDetailList"] += groups(draw)
    found["Policies"] += [managed(MINE, [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}], ALLOW_ALL)]
    found["Policies"] += [managed(FENCE, [{"Effect": "Allow", "Action": ["iam:*", "sts:*"], "Resource": "*"}], None)]
    if way.runs is not None and chance(draw, 75):
        documents += running.answers(draw, way.runs.name)
    if chance(draw, 50):
        named = role_arn(one(draw, "raiser", "other")) if chance(draw, 40) else "*"
        writes = {
            "Effect": "Allow",
            "Action": one(draw, "iam:Put*Policy", "iam:PutRolePolicy", "iam:*"),
            "Resource": named,
        }
        found["Policies"] += [managed(HELP, [writes], None)]
    if chance(draw, 30) and not any("OpenIDConnectProviderList" in each for each in documents):
        documents.append({"OpenIDConnectProviderList": [{"Arn": IDP}] if chance(draw, 50) else []})


def managed(arn: str, found: list[Json], earlier: Json | None) -> Json:
    versions = [{"VersionId": "v2", "IsDefaultVersion": True, "Document": policy(found)}]
    if earlier is not None:
        versions.append({"VersionId": "v1", "IsDefaultVersion": False, "Document": policy([earlier])})
    return {"Arn": arn, "PolicyName": arn.rpartition("/")[2], "PolicyVersionList": versions}


def start(draw: st.DrawFn, way: Way, kind: str) -> Json:
    """Somebody with most of what a way takes."""
    lists = "iam:SetDefault" in way.needs[0].action or chance(draw, 25)
    name = "rita" if kind == "user" else "raiser"
    found: Json = {
        "Arn": f"arn:aws:iam::{HOME}:{kind}/{name}", f"{kind.title()}Name": name,
        f"{kind.title()}PolicyList": [{"PolicyName": "inline", "PolicyDocument": policy(statements(draw, way))}],
        "AttachedManagedPolicies": [{"PolicyName": "mine", "PolicyArn": MINE}] if lists else [],
    }  # fmt: skip
    if kind == "user":
        found["GroupList"] = few(draw, ("helpers", "owners"), 1)
    else:
        found |= {"AssumeRolePolicyDocument": policy([trust(draw, way, [])]), "InstanceProfileList": []}
    if any(action.endswith("PermissionsBoundary") for action in way.actions) or chance(draw, 15):
        arn = one(draw, FENCE, FENCE, ADMINISTRATOR)
        found["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return found


def statements(draw: st.DrawFn, way: Way) -> list[Json]:
    found: list[Json] = []
    for action in way.actions:
        if chance(draw, 8):
            continue
        kinds = [each.resource for each in way.needs if each.action == action]
        resource: object = "*"
        if kinds[0] and chance(draw, 50):
            resource = [one(draw, *narrowed(kind)) for kind in kinds]
        statement: Json = {"Effect": "Allow", "Action": one(draw, action, action, action.lower()), "Resource": resource}
        if chance(draw, 12):
            passed: Json = {"StringEquals": {"iam:PassedToService": one(draw, way.service or SERVICES[0], *SERVICES)}}
            bound: Json = {"StringEquals": {"iam:PermissionsBoundary": FENCE}}
            attached: Json = {"ArnEquals": {"iam:PolicyARN": one(draw, ADMINISTRATOR, MINE)}}
            tagged: Json = {"StringEquals": {"aws:ResourceTag/env": "dev"}}
            statement["Condition"] = one(draw, passed, bound, attached, tagged, *CONDITIONS)
            attached: Json = {"ArnEquals": {"iam:PolicyARN": one(draw, ADMINISTRATOR, MINE, FULL, HELP, HELP)}}
            there: Json = {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}
            statement["Condition"] = one(draw, passed, bound, attached, there, *CONDITIONS)
        found.append(statement)
    if chance(draw, 10):
        found.append({"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"})
    if chance(draw, 10) or not found:
        kinds = [each.resource for each in way.needs if each.resource]
        where = one(draw, "*", *(narrowed(kinds[0]) if kinds else ()))
        found.append({"Effect": "Deny", "Action": one(draw, *way.actions, "sts:AssumeRole"), "Resource": where})
    if any(action.endswith("PermissionsBoundary") for action in way.actions) and chance(draw, 60):
        found.append(ALLOW_ALL)
    return found


def narrowed(kind: str) -> tuple[str, ...]:
    """Patterns of some things of a kind."""
    service, region, owner, rest = kind.split(":", 3)
    head = rest.partition("*")[0]
    prefix = f"arn:aws:{service}:{region}:{owner and HOME}:"
    if service != "iam":
        return f"{prefix}{rest}", f"arn:aws:{service}:*:*:{head}dev-*", f"arn:aws:{service}:eu-west-1:{HOME}:*"
    names = {"role/": ("runner", "raiser", "other", "*"), "user/": ("bob", "rita"), "policy/": ("mine", "fence"),
             "group/": ("owners", "helpers"), "instance-profile/": ("runner", "*"),
             "oidc-provider/": ("idp.example",)}[head]  # fmt: skip
    return tuple(f"{prefix}{head}{name}" for name in names)


def trust(draw: st.DrawFn, way: Way, starts: list[Json]) -> Json:
    """Whom a role trusts: the service, who starts, an issuer, or nobody in particular."""
    effect = "Deny" if chance(draw, 5) else "Allow"
    named = way.service or one(draw, *SERVICES)
    if named.startswith("states.") and chance(draw, 40):
        named = "states.eu-west-1.amazonaws.com"
    service = {"Service": [named]} if chance(draw, 90) else {"Service": "eks.amazonaws.com"}
    kind = (
        one(draw, "service", "start", "account", "idp") if not way.service else one(draw, *["service"] * 9, "account")
    )
    if any("OpenIDConnect" in action for action in way.actions) and chance(draw, 60):
        kind = "idp"
    principal: Json = {
        "service": service,
        "start": {"AWS": [each["Arn"] for each in starts] or HOME},
        "account": {"AWS": HOME},
        "idp": {"Federated": IDP},
    }[kind]
    action = "sts:AssumeRoleWithWebIdentity" if kind == "idp" else "sts:AssumeRole"
    found: Json = {"Effect": effect, "Principal": principal, "Action": action}
    if chance(draw, 15):
        number = one(draw, HOME, "999988887777")
        account: Json = {"StringEquals": {"aws:SourceAccount": number}}
        claim: Json = {"StringEquals": {"idp.example:sub": "x"}}
        found["Condition"] = one(draw, account, claim, CONDITIONS[0])
    return found


def roles(draw: st.DrawFn, way: Way, starts: list[Json]) -> list[Json]:
    found = []
    for name in ("runner", "aws-service-role/lambda.amazonaws.com/AWSServiceRoleForX"):
        each: Json = {
            "Arn": role_arn(name), "RoleName": name.rpartition("/")[2], "RolePolicyList": [],
            "AssumeRolePolicyDocument": policy([trust(draw, way, starts)]),
            "AttachedManagedPolicies": [{"PolicyName": "mine", "PolicyArn": MINE}] if chance(draw, 60) else [],
        }  # fmt: skip
        if chance(draw, 95):
            each["InstanceProfileList"] = [profile(name)] if name == "runner" and chance(draw, 80) else []
        if chance(draw, 15):
            arn = one(draw, FENCE, ADMINISTRATOR)
            each["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        found.append(each)
    return found


def groups(draw: st.DrawFn) -> list[Json]:
    attached = one(draw, [], [{"PolicyName": "mine", "PolicyArn": MINE}])
    owners: Json = {"Arn": f"arn:aws:iam::{HOME}:group/owners", "GroupName": "owners"}
    return [
        {"Arn": f"arn:aws:iam::{HOME}:group/helpers", "GroupName": "helpers", "AttachedManagedPolicies": attached},
        owners | {"GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": policy([ALLOW_ALL])}]},
    ]
