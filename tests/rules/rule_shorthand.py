"""The shorthand of the case tables → objects as the API server would serve them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kpath.model.kinds import CLUSTER_SCOPED, ref_of
from kpath.refs import Ref

Raw = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
CALICO = "projectcalico.org/v3"
VERSIONS = {
    **dict.fromkeys(("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"), "apps/v1"),
    **dict.fromkeys(("Job", "CronJob"), "batch/v1"),
    **dict.fromkeys(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), f"{RBAC}/v1"),
    "NetworkPolicy": "networking.k8s.io/v1",
    **dict.fromkeys(("AdminNetworkPolicy", "BaselineAdminNetworkPolicy"), "policy.networking.k8s.io/v1alpha1"),
    "ClusterNetworkPolicy": "policy.networking.k8s.io/v1alpha2",
    **dict.fromkeys(("GlobalNetworkPolicy", "Tier", "GlobalNetworkSet", "NetworkSet", "HostEndpoint"), CALICO),
    **dict.fromkeys(("StagedGlobalNetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy"), CALICO),
    **dict.fromkeys(("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute"), "gateway.networking.k8s.io/v1"),
    **dict.fromkeys(("TLSRoute", "TCPRoute"), "gateway.networking.k8s.io/v1alpha2"),
    "ReferenceGrant": "gateway.networking.k8s.io/v1beta1",
}
ZONE = "eu-west-1a"
MOUNT = {
    "name": "kube-api-access-x7k2p",
    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    "readOnly": True,
}
INJECTED = {
    "name": MOUNT["name"],
    "projected": {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
        ],
    },
}


def ref(short: Mapping[str, Any]) -> Ref:
    """The ref of an object in shorthand."""
    namespace, name = _named(short)
    return ref_of(short["kind"], namespace, name)


def expanded(short: Mapping[str, Any]) -> Raw:
    """An object in full: `namespace/name` in its metadata, and what is short for its kind spelt out."""
    rest = dict(short)
    kind = rest.pop("kind")
    namespace, name = _named(rest)
    del rest["name"]
    meta: Raw = {"name": name, **({"namespace": namespace} if namespace else {})}
    meta |= {key: rest.pop(key) for key in ("labels", "annotations", "ownerReferences") if key in rest}
    head = {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": meta}
    match kind:
        case "Pod":
            return head | _pod(rest)
        case "Node":
            return head | _node(rest)
        case "RoleBinding" | "ClusterRoleBinding":
            return head | _binding(rest, namespace)
        case "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" | "Job":
            return head | {"spec": {"template": {"spec": _spec(rest)}}}
        case _:
            return head | rest


def _named(short: Mapping[str, Any]) -> tuple[str, str]:
    if short.get("kind") in CLUSTER_SCOPED or "/" not in short["name"]:
        return "", short["name"]
    namespace, _, name = short["name"].partition("/")
    return namespace, name


def _pod(short: Raw) -> Raw:
    """A pod that runs; with `token`, as admission leaves it: the token's volume is in every container.

    `ip` is its address, or its addresses where it has one of each family.
    """
    status: Raw = {"phase": short.pop("phase", "Running")}
    if addresses := short.pop("ip", None):
        every = [addresses] if isinstance(addresses, str) else addresses
        status |= {"podIP": every[0], "podIPs": [{"ip": each} for each in every]}
    token = short.pop("token", False)
    spec = _spec(short)
    if token:
        spec["volumes"] = [*spec.get("volumes", ()), INJECTED]
        for field in ("containers", "initContainers"):
            for each in spec.get(field, ()):
                each["volumeMounts"] = [*each.get("volumeMounts", ()), MOUNT]
    return {"spec": spec, "status": status}


def _spec(short: Raw) -> Raw:
    account = short.pop("serviceAccount", "default")
    spec: Raw = {"serviceAccountName": account, "serviceAccount": account}
    if node := short.pop("node", None):
        spec["nodeName"] = node
    spec["containers"] = [
        {"name": "app", "image": "registry.example/app:1", **each} for each in short.pop("containers", [{}])
    ]
    spec |= short.pop("spec", {})
    _all_used(short)
    return spec


def _node(short: Raw) -> Raw:
    """A node: `os` is its image, `instance` the id of its EC2 instance, `kubelet`, `runtime`, `kernel` its versions.

    `addresses` are internal ones.
    """
    spec: Raw = {}
    if instance := short.pop("instance", None):
        spec["providerID"] = f"aws:///{ZONE}/{instance}"
    spec |= short.pop("spec", {})
    info = {"osImage": short.pop("os", "Amazon Linux 2023.6.20250303"), "operatingSystem": short.pop("system", "linux")}
    for key, field in (("kubelet", "kubelet"), ("runtime", "containerRuntime"), ("kernel", "kernel")):
        if version := short.pop(key, None):
            info[f"{field}Version"] = version
    status: Raw = {"nodeInfo": info}
    if addresses := short.pop("addresses", None):
        status["addresses"] = [{"type": "InternalIP", "address": each} for each in addresses]
    _all_used(short)
    return {"spec": spec, "status": status}


def _binding(short: Raw, namespace: str) -> Raw:
    kind, _, name = short.pop("roleRef").partition("/")
    subjects = [_subject(each, namespace) for each in short.pop("subjects")]
    _all_used(short)
    return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": name}, "subjects": subjects}


def _subject(text: str, namespace: str) -> Raw:
    """`User/x`, `Group/x`, `ServiceAccount/x` of the binding's namespace, or `ServiceAccount/namespace/x`."""
    kind, _, name = text.partition("/")
    if kind != "ServiceAccount":
        return {"apiGroup": RBAC, "kind": kind, "name": name}
    *of, name = name.split("/")
    return {"kind": kind, "name": name, "namespace": of[0] if of else namespace}


def _all_used(short: Iterable[str]) -> None:
    if left := sorted(short):
        raise ValueError(f"the shorthand does not know {', '.join(left)}")
