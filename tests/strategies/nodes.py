"""Nodes: their roles and what those may do, and what comes to them."""

from __future__ import annotations

import yaml
from hypothesis import strategies as st

from strategies.iam import CONDITIONS, policy, profile
from strategies.rbac import Phrases
from strategies.words import (
    ACCOUNTS,
    AWAY,
    HOME,
    NODES,
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

PHRASES: Phrases = (("create", "", "serviceaccounts/token"),)

REGISTRY = "dkr.ecr.eu-west-1.amazonaws.com"
IMAGES = (
    f"{HOME}.{REGISTRY}/shop/web:1.2", f"{HOME}.{REGISTRY}/shop/web:1.2", f"{HOME}.{REGISTRY}/api@sha256:0123",
    f"{AWAY}.{REGISTRY}/shop/web",
    f"{HOME}.dkr.ecr.cn-north-1.amazonaws.com.cn/shop/web:2", "public.ecr.aws/shop/web:1", "shop/web:1",
)  # fmt: skip
ACTIONS = (
    "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:*", "ec2:*NetworkInterface*", "ec2:*",
    "ec2:CreateNetworkInterface", "eks-auth:*", "eks-auth:AssumeRoleForPodIdentity",
)  # fmt: skip
RESOURCES = (
    "*", "*", f"arn:aws:ecr:*:{HOME}:repository/shop/*", f"arn:aws:ecr:eu-west-1:{AWAY}:repository/*",
    f"arn:aws:eks:*:{HOME}:cluster/shop", f"arn:aws:eks:*:{HOME}:cluster/other", "arn:aws:ec2:*:*:network-interface/*",
)  # fmt: skip
MANAGED = (
    "AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore",
)  # fmt: skip
LABELS = (
    "team", "shop.example/team", "eks.amazonaws.com/nodegroup", "kubernetes.io/hostname", "topology.kubernetes.io/zone",
    "node.kubernetes.io/pool", "x.kubelet.kubernetes.io/pool", "node-restriction.kubernetes.io/pool",
    "node-role.kubernetes.io/secure", "topology.ebs.csi.k8s.io/zone", "mykubernetes.io/pool",
)  # fmt: skip


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """What nodes and their roles are good for."""
    spec: Json = {"containers": [{"name": "app"}], "nodeName": one(draw, *NODES[:2])}
    documents.append(item("Pod", "follower", one(draw, *SPACES), spec=spec, status={"phase": "Running"}))
    _pods(draw, documents)
    _instances(draw, documents)
    for role in [each for document in documents for each in document.get("RoleDetailList", ())]:
        if role["RoleName"] == "node" or chance(draw, 20):
            _role(draw, role)
        if chance(draw, 75):
            _statements(role["AssumeRolePolicyDocument"]).append(_pod_trust(draw))
    for number in range(draw(st.integers(1, 3))):
        documents.append({"association": _association(draw, number)})
    if not any(each.get("metadata", {}).get("name") == "aws-auth" for each in documents):
        documents.append(item("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": "[]"}))
    for document in documents:
        if document.get("kind") == "ConfigMap" and chance(draw, 60):
            document["data"]["mapRoles"] = _mapped(draw, document["data"]["mapRoles"])


def _mapped(draw: st.DrawFn, text: str) -> str:
    """The roles that are mapped, with that of nodes once more."""
    name = one(draw, "ci", "system:node:{{SessionName}}", "system:node:n1", "", "{{AccountID}}:{{SessionNameRaw}}")
    groups = few(draw, ("system:masters", "devs", "system:nodes", "d{{SessionName}}"), 2)
    more: Json = {"rolearn": role_arn("node"), "username": name, "groups": groups}
    return yaml.safe_dump([*yaml.safe_load(text), more])


def _instances(draw: st.DrawFn, documents: list[Json]) -> None:
    """Instances with the role of nodes."""
    arn = f"arn:aws:iam::{HOME}:instance-profile/node"
    for document in documents:
        for reservation in document.get("Reservations", ()):
            for instance in reservation["Instances"]:
                if chance(draw, 75):
                    instance["IamInstanceProfile"] = {"Arn": arn}
    if not any("InstanceProfiles" in each for each in documents) and chance(draw, 75):
        documents.append({"InstanceProfiles": [profile("node")]})


def _statements(found: Json) -> list[Json]:
    """The statements of a policy, as a list."""
    if isinstance(found["Statement"], dict):
        found["Statement"] = [found["Statement"]]
    listed: list[Json] = found["Statement"]
    return listed


def _role(draw: st.DrawFn, role: Json) -> None:
    """Something that nodes need, and perhaps somebody who may take the role."""
    for name in few(draw, MANAGED, 4, 1):
        attached = {"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"}
        if attached not in role["AttachedManagedPolicies"]:
            role["AttachedManagedPolicies"].append(attached)
    if chance(draw, 40):
        statement: Json = {"Effect": one(draw, "Allow", "Allow", "Deny"), "Action": few(draw, ACTIONS, 3, 1),
                           "Resource": few(draw, RESOURCES, 2, 1)}  # fmt: skip
        statement |= fields(optional(draw, "Condition", *CONDITIONS, percent=15))
        role["RolePolicyList"].append({"PolicyName": "nodes", "PolicyDocument": policy([statement])})
    if chance(draw, 60):
        principal = {"AWS": one(draw, role_arn("app"), role_arn("ci/deploy"), f"arn:aws:iam::{HOME}:user/alice")}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        _statements(role["AssumeRolePolicyDocument"]).append(statement)


def _pod_trust(draw: st.DrawFn) -> Json:
    found: Json = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}}
    found["Action"] = one(draw, ["sts:AssumeRole", "sts:TagSession"], "sts:*", "sts:*", "sts:AssumeRole")
    tags: Json = {"aws:RequestTag/kubernetes-namespace": one(draw, *SPACES)}
    return found | fields(optional(draw, "Condition", {"StringEquals": tags}, *CONDITIONS[:2], percent=30))


def _association(draw: st.DrawFn, number: int) -> Json:
    found = {
        "associationArn": f"arn:aws:eks:eu-west-1:{HOME}:podidentityassociation/shop/a-{number}",
        "clusterName": one(draw, "shop", "shop", "shop", "other"), "namespace": one(draw, *SPACES),
        "serviceAccount": one(draw, *ACCOUNTS), "roleArn": role_arn(one(draw, "app", "app", "ci/deploy", "gone")),
    }  # fmt: skip
    return found | fields(
        optional(draw, "targetRoleArn", role_arn("node"), role_arn("partner", AWAY), percent=20),
        optional(draw, "disableSessionTags", True, False, percent=20),
    )


def _pods(draw: st.DrawFn, documents: list[Json]) -> None:
    """Images of the account's own, and selectors."""
    for document in documents:
        spec = _pod_spec(document)
        if spec is None:
            continue
        for key in ("containers", "initContainers", "ephemeralContainers"):
            for container in spec.get(key, ()):
                if chance(draw, 75):
                    container["image"] = one(draw, *IMAGES)
        if chance(draw, 50):
            spec["nodeSelector"] = {key: "x" for key in few(draw, LABELS, 2, 1)}
        if chance(draw, 40):
            required = {"nodeSelectorTerms": [_term(draw) for _ in range(draw(st.integers(1, 2)))]}
            spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
        if document["kind"] == "Pod" and chance(draw, 70):
            kind = one(draw, "StatefulSet", "Deployment", "StatefulSet", "Node")
            document["metadata"]["ownerReferences"] = [{"kind": kind, "name": "web", "controller": True}]


def _term(draw: st.DrawFn) -> Json:
    """What an affinity asks of a node, or how the controller of a DaemonSet names it."""
    asked = []
    for key in few(draw, LABELS, 2, 1):
        asked.append({"key": key, "operator": one(draw, "In", "Exists", "In", "NotIn"), "values": ["x"]})
    fields_ = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}
    return one(draw, {"matchExpressions": asked}, {"matchExpressions": asked}, fields_)


def _pod_spec(document: Json) -> Json | None:
    """The pod that a document is, or is the template of."""
    spec = document.get("spec") or {}
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    found: Json | None = spec if document.get("kind") == "Pod" else (spec.get("template") or {}).get("spec")
    return found
