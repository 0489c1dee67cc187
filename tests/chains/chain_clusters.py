"""Small clusters, built from dicts and written down as kubectl and the AWS CLI would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kpath

Json = dict[str, Any]

ACCOUNT, REGION = "111122223333", "eu-west-1"
IAM = f"arn:aws:iam::{ACCOUNT}"
NODE = "ip-10-0-1-5.eu-west-1.compute.internal"
INSTANCE = "i-0abc41d7e29f0b863"
NODE_ROLE = f"{IAM}:role/eks-node"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/3F1C8A7E5B9D4260A1E7C4F08B6D2953"
STS = "sts.amazonaws.com"
IMDS = f"imds/{NODE}"
NODE_USER = f"user/system:node:{NODE}"
ADMIN = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}

# Kinds that are listed even where there is none of them: what is not collected is not known.
KINDS = (
    "Namespace", "Node", "Pod", "ServiceAccount", "Secret", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding",
    "ConfigMap", "NetworkPolicy",
)  # fmt: skip


def thing(kind: str, name: str, namespace: str | None = None, **more: Any) -> Json:
    meta: Json = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **more}


def node(os_image: str = "Amazon Linux 2023.7.20250512", kubelet: str = "v1.31.7-eks-473151a") -> Json:
    info = {"osImage": os_image, "operatingSystem": "linux", "kubeletVersion": kubelet}
    provider = {"providerID": f"aws:///eu-west-1a/{INSTANCE}"}
    return thing("Node", NODE, spec=provider, status={"nodeInfo": info})


def pod(name: str, namespace: str = "shop", account: str = "default", *, token: bool = True, **spec: Any) -> Json:
    """A running pod of one container; `token` mounts its token for the API server."""
    volumes, mounts = list(spec.pop("volumes", ())), list(spec.pop("mounts", ()))
    if token:
        source = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
        volumes.append({"name": "kube-api-access-x2b9d", "projected": {"sources": [source]}})
        mounts.append({"name": "kube-api-access-x2b9d", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
    container = {"name": "main", "image": "main:1", "volumeMounts": mounts, "securityContext": spec.pop("security", {})}
    whole = {"nodeName": NODE, "serviceAccountName": account, "containers": [container], "volumes": volumes, **spec}
    return thing("Pod", name, namespace, spec=whole, status={"phase": "Running"})


def rule(verbs: str, resources: str, group: str = "", names: str = "") -> Json:
    found: Json = {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
    return {**found, "resourceNames": names.split()} if names else found


def bound(role: str, subject: str, *rules: Json, namespace: str | None = None, role_kind: str = "") -> list[Json]:
    """A role and its binding, in a namespace or everywhere; `subject` reads `sa/NAMESPACE/NAME` or `user/NAME`."""
    kind = role_kind or ("Role" if namespace else "ClusterRole")
    who, _, rest = subject.partition("/")
    named: Json = {"kind": "User", "name": rest}
    if who == "sa":
        named = {"kind": "ServiceAccount", "namespace": rest.split("/")[0], "name": rest.split("/")[1]}
    binding = "RoleBinding" if namespace else "ClusterRoleBinding"
    return [
        thing(kind, role, namespace if kind == "Role" else None, rules=list(rules)),
        thing(binding, role, namespace, roleRef={"kind": kind, "name": role}, subjects=[named]),
    ]


def instance(tokens: str = "required", hops: int = 1, endpoint: str = "enabled") -> Json:
    options = {"HttpTokens": tokens, "HttpPutResponseHopLimit": hops, "HttpEndpoint": endpoint}
    machine = {
        "InstanceId": INSTANCE,
        "PrivateDnsName": NODE,
        "IamInstanceProfile": {"Arn": f"{IAM}:instance-profile/eks-node"},
        "MetadataOptions": options,
        "State": {"Name": "running"},
        "Placement": {"AvailabilityZone": "eu-west-1a"},
    }
    return {"Reservations": [{"OwnerId": ACCOUNT, "Instances": [machine]}]}


def aws_role(name: str, trust: Json, *statements: Json) -> Json:
    arn = f"{IAM}:role/{name}"
    profile = {"Arn": f"{IAM}:instance-profile/{name}", "Roles": [{"RoleName": name, "Arn": arn}]}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "RoleName": name,
        "Arn": arn,
        "Path": "/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trust}]},
        "InstanceProfileList": [profile] if name == "eks-node" else [],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document}] if statements else [],
        "AttachedManagedPolicies": [],
    }


EKS_NODE = aws_role("eks-node", {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})


def allow(action: str, resource: str, effect: str = "Allow") -> Json:
    return {"Effect": effect, "Action": action, "Resource": resource}


def account(*roles: Json) -> Json:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [EKS_NODE, *roles], "Policies": []}


def irsa(operator: str, subject: str) -> Json:
    return {
        "Principal": {"Federated": f"{IAM}:oidc-provider/{ISSUER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {operator: {f"{ISSUER}:sub": f"system:serviceaccount:{subject}"}},
    }


def cluster(mode: str = "API", version: str = "1.31") -> list[Json]:
    """The cluster, the entry of its nodes, and its OIDC provider."""
    found = {
        "name": "storefront",
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/storefront",
        "version": version,
        "identity": {"oidc": {"issuer": f"https://{ISSUER}"}},
        "accessConfig": {"authenticationMode": mode},
    }
    return [
        {"cluster": found},
        *entry("eks-node", "EC2_LINUX", "system:node:{{EC2PrivateDNSName}}", ["system:nodes"]),
        {"OpenIDConnectProviderList": [{"Arn": f"{IAM}:oidc-provider/{ISSUER}"}]},
        {"Url": ISSUER, "ClientIDList": [STS]},
    ]


def entry(role: str, type_: str, username: str, groups: list[str], *policies: str, namespace: str = "") -> list[Json]:
    """An access entry with its access policies, of the whole cluster or one namespace."""
    scope = {"type": "namespace", "namespaces": [namespace]} if namespace else {"type": "cluster", "namespaces": []}
    arn = f"{IAM}:role/{role}"
    described = {"principalArn": arn, "clusterName": "storefront", "type": type_, "username": username}
    associated = [
        {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "accessScope": scope} for name in policies
    ]
    return [
        {"accessEntry": {**described, "kubernetesGroups": groups}},
        {"associatedAccessPolicies": associated, "clusterName": "storefront", "principalArn": arn},
    ]


def graph(folder: Path, objects: list[Json], *answers: Json) -> kpath.Graph:
    """Write a snapshot and load it. The node and the namespaces of its objects are there without being asked for."""
    spaces = sorted({each["metadata"]["namespace"] for each in objects if "namespace" in each["metadata"]})
    known = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
    every = [*objects, *(thing("Namespace", each) for each in spaces if each not in known)]
    if not any(each["kind"] == "Node" for each in objects):
        every.append(node())
    for kind in KINDS:
        items = [each for each in every if each["kind"] == kind]
        written = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
        (folder / f"{kind.lower()}.json").write_text(json.dumps(written, indent=4))
    for number, answer in enumerate(answers):
        (folder / f"answer-{number}.json").write_text(json.dumps(answer, indent=4))
    return kpath.load(folder)


def ids(found: kpath.Graph, source: str, target: str = "") -> set[str]:
    """The steps that lead from a source, to one target or anywhere."""
    return {id_ for id_, start, end in found.pairs() if start == source and target in ("", end)}
