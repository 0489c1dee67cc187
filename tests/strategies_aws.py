"""Random answers of the AWS CLI: instances, IAM, the EKS cluster and who may enter it, data."""

from __future__ import annotations

import json

import yaml
from hypothesis import strategies as st
from strategies_rbac import GROUPS
from strategies_words import (
    AUDIENCES,
    AWAY,
    HOME,
    ISSUER,
    NODES,
    OTHER_ISSUER,
    ROLES,
    SPACES,
    Json,
    chance,
    fields,
    few,
    item,
    one,
    optional,
    role_arn,
)

PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/{ISSUER}"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:db-AbCdEf"
BUCKETS = ("logs", "home-alice")
ACTIONS = (
    "*", "sts:AssumeRole", "sts:*", "s3:GetObject", "s3:Get*", "S3:getobject", "secretsmanager:GetSecretValue", "iam:*",
    "ec2:DescribeInstances",
)  # fmt: skip
RESOURCES = (
    "*", role_arn("app"), role_arn("ci/*"), role_arn("deploy"), role_arn("*", AWAY), "arn:aws:s3:::logs/*",
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
POLICIES = tuple(
    f"AmazonEKS{name}Policy" for name in ("ClusterAdmin", "Admin", "Edit", "View", "AdminView", "AutoNode", "Unheard")
)  # fmt: skip


@st.composite
def aws(draw: st.DrawFn) -> list[Json]:
    """What the AWS CLI said of the account; any answer may be missing."""
    documents: list[Json] = []
    if chance(draw, 80):
        documents.append({"Reservations": [{"OwnerId": HOME, "Instances": [instance(draw, 0), instance(draw, 1)]}]})
    if chance(draw, 90):
        documents.append(details(draw))
    if chance(draw, 20):
        documents.append({"InstanceProfiles": [profile("node")]})
    documents += cluster(draw)
    if chance(draw, 60):
        documents.append({"OpenIDConnectProviderList": [{"Arn": PROVIDER}] if chance(draw, 95) else []})
        if chance(draw, 50):
            documents.append({"Url": ISSUER, "ClientIDList": few(draw, AUDIENCES, 2, 1), "ThumbprintList": []})
    documents += data(draw)
    if chance(draw, 40):
        documents.append(aws_auth(draw))
    return documents


def profile(name: str) -> Json:
    roles = [{"RoleName": name, "Arn": role_arn(name), "Path": "/"}]
    return {"Arn": f"arn:aws:iam::{HOME}:instance-profile/{name}", "InstanceProfileName": name, "Roles": roles}


def instance(draw: st.DrawFn, number: int) -> Json:
    found: Json = {
        "InstanceId": f"i-{number:04}",
        "PrivateDnsName": NODES[number],
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "State": {"Name": one(draw, "running", "running", "running", "terminated")},
    }
    if chance(draw, 80):
        found["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/{one(draw, 'node', 'node', 'lost')}"}
    if chance(draw, 85):
        found["MetadataOptions"] = fields(
            optional(draw, "HttpTokens", "optional", "required", percent=95),
            optional(draw, "HttpPutResponseHopLimit", 1, 2, percent=95),
            optional(draw, "HttpEndpoint", "enabled", "enabled", "enabled", "disabled", percent=95),
        )
    return found


def details(draw: st.DrawFn) -> Json:
    roles = [role(draw, name) for name in ROLES if chance(draw, 75)]
    if chance(draw, 25):
        roles.append(role(draw, "partner", AWAY))
    users, groups, policies = [], [], []
    if chance(draw, 50):
        user = {"Arn": f"arn:aws:iam::{HOME}:user/alice", "UserName": "alice", "UserPolicyList": inline(draw)}
        users.append(user | {"GroupList": one(draw, [], ["ops"])} | holder(draw))
        if chance(draw, 80):
            groups.append({"Arn": f"arn:aws:iam::{HOME}:group/ops", "GroupName": "ops", "GroupPolicyList": inline(draw)})
    if chance(draw, 70):
        versions = [{"VersionId": "v1", "IsDefaultVersion": False, "Document": policy([ALLOW_ALL])},
                    {"VersionId": "v2", "IsDefaultVersion": True, "Document": policy(statements(draw))}]  # fmt: skip
        policies.append({"Arn": f"arn:aws:iam::{HOME}:policy/shared", "PolicyName": "shared", "PolicyVersionList": versions})
    return {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies}


ALLOW_ALL: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(found: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": found[0] if len(found) == 1 else found}


def role(draw: st.DrawFn, name: str, account: str = HOME) -> Json:
    path, _, last = name.rpartition("/")
    return {
        "Arn": role_arn(name, account), "RoleName": last, "Path": f"/{path}/" if path else "/",
        "AssumeRolePolicyDocument": policy([trust(draw, account) for _ in range(one(draw, 1, 1, 2))]),
        "RolePolicyList": inline(draw), "InstanceProfileList": [profile(name)] if name == "node" else [],
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
    found: Json = {"AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached]}
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
        condition.setdefault(operator, {})[f"{issuer}:sub"] = one(draw, subject, [subject, "system:serviceaccount:ci:web"])
    if chance(draw, 50):
        condition.setdefault("StringEquals", {})[f"{issuer}:aud"] = one(draw, *AUDIENCES)
    if chance(draw, 10):
        condition.setdefault("StringLike", {})[f"{OTHER_ISSUER}:sub"] = "system:serviceaccount:ci:*"
    if chance(draw, 10):
        condition["IpAddress"] = {"aws:SourceIp": "10.0.0.0/8"}
    found: Json = {"Principal": {"Federated": provider}, "Action": one(draw, "sts:AssumeRoleWithWebIdentity", "sts:*")}
    return found | ({"Condition": condition} if condition else {})


def cluster(draw: st.DrawFn) -> list[Json]:
    """The EKS cluster, its access entries with their policies, a node group."""
    documents: list[Json] = []
    if chance(draw, 70):
        found: Json = {"name": "shop", "arn": f"arn:aws:eks:eu-west-1:{HOME}:cluster/shop"}
        found |= fields(
            optional(draw, "version", "1.31", "1.33", "1.35", percent=70),
            optional(draw, "identity", {"oidc": {"issuer": f"https://{ISSUER}"}}, percent=80),
            optional(draw, "accessConfig", *({"authenticationMode": mode} for mode in MODES), percent=90),
        )
        documents.append({"cluster": found})
    for arn in few(draw, (role_arn("node"), role_arn("ci/deploy"), f"arn:aws:iam::{HOME}:user/alice"), 2):
        documents += entry(draw, arn)
    if chance(draw, 20):
        group = {"nodegroupName": "workers", "clusterName": "shop", "nodeRole": role_arn("node")}
        documents.append({"nodegroup": group | {"nodegroupArn": f"arn:aws:eks:eu-west-1:{HOME}:nodegroup/shop/workers/1"}})
    return documents


MODES = ("API", "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP", "CONFIG_MAP")


def entry(draw: st.DrawFn, arn: str) -> list[Json]:
    is_node = arn.endswith("/node") and chance(draw, 70)
    kind, name = arn.split(":")[5].split("/", 1)
    found: Json = {
        "clusterName": "shop", "principalArn": arn, "type": "EC2_LINUX" if is_node else "STANDARD",
        "accessEntryArn": f"arn:aws:eks:eu-west-1:{HOME}:access-entry/shop/{kind}/{HOME}/{name}/1",
        "kubernetesGroups": ["system:nodes"] if is_node else few(draw, GROUPS, 2),
        "username": "system:node:{{EC2PrivateDNSName}}" if is_node else one(draw, arn, "alice"),
    }  # fmt: skip
    # Entries and policies are two answers, of which one may not have been collected.
    documents: list[Json] = [{"accessEntry": found}] if chance(draw, 85) else []
    if not is_node and chance(draw, 60):
        listed = []
        for each in few(draw, POLICIES, 2, 1):
            scope = {"type": "cluster", "namespaces": []}
            if chance(draw, 50):
                scope = {"type": "namespace", "namespaces": few(draw, (*SPACES, "s*"), 2, 1)}
            listed.append({"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{each}", "accessScope": scope})
        documents.append({"clusterName": "shop", "principalArn": arn, "associatedAccessPolicies": listed})
    return documents


def data(draw: st.DrawFn) -> list[Json]:
    """Buckets and secrets, some with policies of their own."""
    documents: list[Json] = []
    if chance(draw, 60):
        documents.append({"Buckets": [{"Name": name} for name in BUCKETS]})
    if chance(draw, 40):
        documents.append({"Policy": json.dumps(policy([guard(draw, "s3:GetObject", one(draw, "arn:aws:s3:::logs/*", "arn:aws:s3:::logs/2024/*"))]))})
    if chance(draw, 60):
        documents.append({"SecretList": [{"ARN": SECRET, "Name": "db"}]})
        if chance(draw, 40):
            own = policy([guard(draw, "secretsmanager:*", "*")])
            documents.append({"ARN": SECRET, "Name": "db", "ResourcePolicy": json.dumps(own)})
    return documents


def guard(draw: st.DrawFn, action: str, resource: str) -> Json:
    principal: object = one(
        draw, "*", {"AWS": role_arn("app")}, {"AWS": [f"arn:aws:iam::{HOME}:root"]}, {"AWS": role_arn("partner", AWAY)},
        {"AWS": f"arn:aws:iam::{HOME}:user/alice"},
    )  # fmt: skip
    found: Json = {"Effect": one(draw, "Allow", "Allow", "Deny"), "Principal": principal, "Action": action}
    condition = {"Condition": one(draw, *CONDITIONS)} if chance(draw, 20) else {}
    return found | {"Resource": resource} | condition


def aws_auth(draw: st.DrawFn) -> Json:
    roles = []
    if chance(draw, 70):
        node = {"rolearn": role_arn("node"), "username": "system:node:{{EC2PrivateDNSName}}"}
        roles.append(node | {"groups": ["system:bootstrappers", "system:nodes"]})
    if chance(draw, 70):
        roles.append({"rolearn": role_arn("deploy"), "username": "deploy", "groups": few(draw, GROUPS, 2)})
    found = {"mapRoles": yaml.safe_dump(roles)}
    if chance(draw, 40):
        user = {"userarn": f"arn:aws:iam::{HOME}:user/alice", "username": one(draw, "alice", "bob/ops"), "groups": ["devs"]}
        found["mapUsers"] = yaml.safe_dump([user])
    found |= fields(optional(draw, "mapAccounts", f"- '{HOME}'\n", percent=15))
    return item("ConfigMap", "aws-auth", "kube-system", data=found)
