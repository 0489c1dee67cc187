"""Random answers of the AWS CLI: instances, IAM, the EKS cluster and who may enter it, data."""

from __future__ import annotations

import json

import yaml
from hypothesis import strategies as st

from strategies.iam import CONDITIONS, details, policy, profile
from strategies.organizations import organization
from strategies.rbac import GROUPS
from strategies.words import (
    AUDIENCES,
    AWAY,
    HOME,
    ISSUER,
    NODES,
    PROVIDER,
    SPACES,
    Json,
    chance,
    few,
    fields,
    item,
    one,
    optional,
    role_arn,
)

SECRET = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:db-AbCdEf"
BUCKETS = ("logs", "home-alice")
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
    if chance(draw, 30):
        documents += organization(draw)
    if chance(draw, 40):
        documents.append(aws_auth(draw))
    return documents


def instance(draw: st.DrawFn, number: int) -> Json:
    found: Json = {
        "InstanceId": f"i-{number:04}",
        "PrivateDnsName": NODES[number],
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "State": {"Name": one(draw, "running", "running", "running", "terminated")},
    }
    if chance(draw, 80):
        found["IamInstanceProfile"] = {
            "Arn": f"arn:aws:iam::{HOME}:instance-profile/{one(draw, 'node', 'node', 'lost')}"
        }
    if chance(draw, 85):
        found["MetadataOptions"] = fields(
            optional(draw, "HttpTokens", "optional", "required", percent=95),
            optional(draw, "HttpPutResponseHopLimit", 1, 2, percent=95),
            optional(draw, "HttpEndpoint", "enabled", "enabled", "enabled", "disabled", percent=95),
        )
    return found


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
        documents.append(
            {"nodegroup": group | {"nodegroupArn": f"arn:aws:eks:eu-west-1:{HOME}:nodegroup/shop/workers/1"}}
        )
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
        documents.append(
            {
                "Policy": json.dumps(
                    policy([guard(draw, "s3:GetObject", one(draw, "arn:aws:s3:::logs/*", "arn:aws:s3:::logs/2024/*"))])
                )
            }
        )
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
        user = {
            "userarn": f"arn:aws:iam::{HOME}:user/alice",
            "username": one(draw, "alice", "bob/ops"),
            "groups": ["devs"],
        }
        found["mapUsers"] = yaml.safe_dump([user])
    found |= fields(optional(draw, "mapAccounts", f"- '{HOME}'\n", percent=15))
    return item("ConfigMap", "aws-auth", "kube-system", data=found)
