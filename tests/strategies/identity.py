"""What stands in for the metadata service, who is to have which role, and names that nobody has taken."""

from __future__ import annotations

import base64

from hypothesis import strategies as st

from strategies.iam import policy, profile
from strategies.rbac import Phrases
from strategies.words import (
    ACCOUNTS,
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

PHRASES: Phrases = (
    ("create", "", "pods"), ("patch", "", "pods"), ("update", "", "pods"), ("patch", "", "namespaces"),
    ("create", "", "serviceaccounts pods"), ("create", "", "serviceaccounts serviceaccounts/token"),
    ("create", "", "namespaces serviceaccounts pods"), ("create", "", "namespaces serviceaccounts"),
    ("create patch", "apps", "deployments"), ("create", "", "serviceaccounts"), ("update create", "", "*"),
)  # fmt: skip
BASE = f"arn:aws:iam::{HOME}:role/"
PLUGINS = ("amazon-k8s-cni:v1.19", "amazon-k8s-cni:v1.19", "docker.io/flannel/flannel:v0.25.1")
NAMES = ("app", "app", "ci/deploy", "node", "gone", role_arn("app"), role_arn("partner", "999988887777"))
INTERFACES = ("eni+", "eni+", "eni+", "eni+", "cni0", "!eth0", "!eni+", "cali+", "veth1")
LISTS = ('["app"]', '["*"]', '["a*", "ci/*"]', '["arn:*"]', "[]", "app", '["ci/.*"]', '["p"]', '["(p"]')
EXPRESSIONS = (".*", ".*", ".*", "app", "app", "a", "ci/.*", "arn:.*", "", "(a", "(p+)+")
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# {"sub": "system:serviceaccount:ci:deployer"}
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6ZGVwbG95ZXIifQ.c2lnbmF0dXJl"
TEXTS = (f"id={KEY}\nkey={SECRET}\n", f"id={KEY}\nkey={SECRET}\n", f"--token {TOKEN}", "bootstrap.sh shop", KEY)


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """An interceptor or two, roles that trust nodes, annotations, associations and keys."""
    _account(draw, documents)
    _annotations(draw, documents)
    if chance(draw, 80):
        documents.append(_agent(draw, "plugin", one(draw, *PLUGINS), []))
    if chance(draw, 65):
        documents.append(_agent(draw, "kube2iam", "jtblin/kube2iam:0.11.2", _kube2iam(draw)))
    if chance(draw, 75):
        tag = one(draw, "v4.0.0", "v4.0.0", "v3.6.0", "latest")
        documents.append(_agent(draw, "kiam-agent", f"quay.io/uswitch/kiam:{tag}", ["agent", *_redirecting(draw)]))
        if chance(draw, 85):
            documents.append(_agent(draw, "kiam-server", f"quay.io/uswitch/kiam:{tag}", ["server", *_server(draw)]))
    _identities(draw, documents)
    _keys(draw, documents)


def _redirecting(draw: st.DrawFn) -> list[str]:
    found = [one(draw, "--iptables", "--iptables=true", "--iptables=true", "--iptables=false", "--verbose")]
    if chance(draw, 90):
        name = one(draw, *INTERFACES)
        found += one(draw, [f"--host-interface={name}"], ["--host-interface", name])
    return found + ([f"--whitelist-route-regexp={one(draw, '/latest', '^/meta', '(')}"] if chance(draw, 40) else [])


def _kube2iam(draw: st.DrawFn) -> list[str]:
    found = _redirecting(draw)
    found += [one(draw, f"--base-role-arn={BASE}", f"--base-role-arn={BASE[:-1]}", "--auto-discover-base-arn", "--v")]
    if chance(draw, 30):
        found.append(f"--default-role={one(draw, 'app', 'ci/deploy', role_arn('node'))}")
    if chance(draw, 50):
        found.append(one(draw, "--namespace-restrictions", "--namespace-restrictions=true"))
        if chance(draw, 40):
            found.append(f"--namespace-restriction-format={one(draw, 'regexp', 'glob')}")
        if chance(draw, 20):
            found.append("--namespace-key=roles")
    return found


def _server(draw: st.DrawFn) -> list[str]:
    found = [one(draw, f"--role-base-arn={BASE}", "--role-base-arn-autodetect", f"--role-base-arn={BASE}")]
    if chance(draw, 30):
        found.append(f"--assume-role-arn={role_arn(one(draw, 'ci/deploy', 'node', 'gone'))}")
    return found + (["--disable-strict-namespace-regexp"] if chance(draw, 15) else [])


def _agent(draw: st.DrawFn, name: str, image: str, args: list[str]) -> Json:
    """A pod on some node, or the DaemonSet of such pods."""
    volumes: list[Json] = [{"name": "tls", "secret": {"secretName": f"{name}-tls"}}]
    mounted = [{"name": "tls", "mountPath": "/tls"}] if chance(draw, 70) else []
    spec: Json = {"containers": [{"name": "main", "image": image, "args": args, "volumeMounts": mounted}],
                  "volumes": volumes}  # fmt: skip
    spec |= fields(optional(draw, "hostNetwork", True, percent=70))
    if chance(draw, 40):
        return item("DaemonSet", name, "kube-system", spec={"template": {"metadata": {}, "spec": spec}})
    spec |= fields(optional(draw, "nodeName", *NODES[:2], percent=90))
    return item("Pod", name, "kube-system", spec=spec, status={"phase": one(draw, *["Running"] * 5, "Pending")})


def _account(draw: st.DrawFn, documents: list[Json]) -> None:
    """Nodes with a role, and roles that trust it."""
    for instance in _instances(documents):
        if chance(draw, 85):
            instance["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/node"}
    if not any("InstanceProfiles" in each for each in documents) and chance(draw, 85):
        documents.append({"InstanceProfiles": [profile("node")]})
    for role in [each for document in documents for each in document.get("RoleDetailList", ())]:
        if chance(draw, 60):
            who = one(draw, role_arn("node"), role_arn("node"), role_arn("ci/deploy"), f"arn:aws:iam::{HOME}:root")
            trust = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
            service = {"Service": "pods.eks.amazonaws.com"}
            pods = {"Effect": "Allow", "Principal": service, "Action": ["sts:AssumeRole", "sts:TagSession"]}
            federated = {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
            }
            subjects = one(draw, "shop:*", "*:web", "*", "new-*:*", "shop:builder", "fresh:web", "ci:builder")
            operator = "StringLike" if "*" in subjects else "StringEquals"
            condition = {operator: {f"{ISSUER}:sub": f"system:serviceaccount:{subjects}"}}
            found = [trust, pods, {**federated, "Condition": condition} if chance(draw, 85) else federated]
            role["AssumeRolePolicyDocument"] = policy(few(draw, found, 3, 1))
            attached = {"Effect": one(draw, "Allow", "Allow", "Deny"), "Action": "sts:AssumeRole", "Resource": "*"}
            read = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
            role["RolePolicyList"] = [
                {"PolicyName": "own", "PolicyDocument": policy(few(draw, [attached, read], 2, 1))}
            ]


def _instances(documents: list[Json]) -> list[Json]:
    return [each for document in documents for part in document.get("Reservations", ()) for each in part["Instances"]]


def _annotations(draw: st.DrawFn, documents: list[Json]) -> None:
    for document in documents:
        meta = document.get("metadata") or {}
        template = (document.get("spec") or {}).get("template") or {}
        if document.get("kind") == "Namespace":
            meta["annotations"] = fields(
                optional(draw, "iam.amazonaws.com/allowed-roles", *LISTS, percent=60),
                optional(draw, "roles", *LISTS, percent=30),
                optional(draw, "iam.amazonaws.com/permitted", *EXPRESSIONS, percent=85),
            )
        elif document.get("kind") == "Pod" or template:
            of = template.setdefault("metadata", {}) if template else meta
            if chance(draw, 60):
                of["annotations"] = {**(of.get("annotations") or {}), "iam.amazonaws.com/role": one(draw, *NAMES)}


def _identities(draw: st.DrawFn, documents: list[Json]) -> None:
    """Associations, of accounts that are there or not, and pods with a token for them."""
    if chance(draw, 50):
        image = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/eks-pod-identity-agent:v0.1.33"
        documents.append(_agent(draw, "pod-identity", image, []))
    for number in range(draw(st.integers(1, 2))):
        documents.append({"association": {
            "associationArn": f"arn:aws:eks:eu-west-1:{HOME}:podidentityassociation/shop/a-{number}",
            "clusterName": "shop", "namespace": one(draw, *SPACES, "fresh"),
            "serviceAccount": one(draw, *ACCOUNTS, "builder"), "roleArn": role_arn(one(draw, "app", "ci/deploy")),
        }})  # fmt: skip
    for document in documents:
        spec = document.get("spec") or {}
        if document.get("kind") == "Pod" and "serviceAccountName" in spec and chance(draw, 60):
            token = {"serviceAccountToken": {"audience": "pods.eks.amazonaws.com", "path": "token"}}
            spec.setdefault("volumes", []).append({"name": "eks-pod-identity", "projected": {"sources": [token]}})
            mount = {"name": "eks-pod-identity", "mountPath": "/var/run/secrets/pods.eks.amazonaws.com"}
            spec["containers"][0].setdefault("volumeMounts", []).append(mount)


def _keys(draw: st.DrawFn, documents: list[Json]) -> None:
    """Keys that lie about, in ConfigMaps and in user data, and the listing that says whose they are."""
    for document in documents:
        if document.get("UserDetailList") == [] and chance(draw, 60):
            user = {
                "Arn": f"arn:aws:iam::{HOME}:user/alice",
                "UserName": "alice",
                "UserPolicyList": [],
                "GroupList": [],
            }
            document["UserDetailList"] = [user | {"AttachedManagedPolicies": []}]
    if chance(draw, 90):
        listed = {"UserName": one(draw, *["alice"] * 5, "gone"), "AccessKeyId": KEY}
        documents.append(
            {"AccessKeyMetadata": [listed | fields(optional(draw, "Status", "Active", "Active", "Inactive"))]}
        )
    is_known = any(each.get("kind") == "ConfigMap" for each in documents)
    if is_known or chance(draw, 60):
        # Of the ConfigMaps, all are collected or none.
        documents += [] if is_known else [item("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": "[]"})]
        for name in few(draw, ("settings", "more"), 2, 1):
            data = {"text": one(draw, *TEXTS)} if chance(draw, 70) else {"id": KEY, "key": SECRET}
            documents.append(item("ConfigMap", name, one(draw, *SPACES), data=data))
    for number in few(draw, (0, 1), 2):
        text = one(draw, *TEXTS)
        documents.append(
            {"InstanceId": f"i-{number:04}", "UserData": {"Value": base64.b64encode(text.encode()).decode()}}
        )
