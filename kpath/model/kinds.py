"""The Kubernetes kinds that rules read: how each is decoded, named and called in the plural."""

from __future__ import annotations

from functools import cache

import msgspec
from msgspec import Struct

from kpath.model import wire, wire_pod
from kpath.refs import Ref


class Kind(Struct, frozen=True):
    """`ref` is the kind of its refs, `plural` what kubectl calls many of them, `decides` whether an answer needs it."""

    wire: type[wire_pod.Wire]
    ref: str
    plural: str
    decides: bool = False


KINDS = {
    "Pod": Kind(wire_pod.Pod, "pod", "pods", True),
    "Deployment": Kind(wire.Controller, "deploy", "deployments", True),
    "DaemonSet": Kind(wire.Controller, "ds", "daemonsets", True),
    "StatefulSet": Kind(wire.Controller, "sts", "statefulsets", True),
    "ReplicaSet": Kind(wire.Controller, "rs", "replicasets", True),
    "ReplicationController": Kind(wire.Controller, "rc", "replicationcontrollers"),
    "Job": Kind(wire.Controller, "job", "jobs", True),
    "CronJob": Kind(wire.Controller, "cronjob", "cronjobs", True),
    "Role": Kind(wire.Role, "role", "roles", True),
    "ClusterRole": Kind(wire.Role, "clusterrole", "clusterroles", True),
    "RoleBinding": Kind(wire.Binding, "rolebinding", "rolebindings", True),
    "ClusterRoleBinding": Kind(wire.Binding, "clusterrolebinding", "clusterrolebindings", True),
    "ServiceAccount": Kind(wire.ServiceAccount, "sa", "serviceaccounts", True),
    "Secret": Kind(wire.Secret, "secret", "secrets", True),
    "ConfigMap": Kind(wire.ConfigMap, "configmap", "configmaps"),
    "Node": Kind(wire.Node, "node", "nodes", True),
    "NetworkPolicy": Kind(wire.NetworkPolicy, "netpol", "networkpolicies"),
    "Namespace": Kind(wire.Namespace, "ns", "namespaces"),
}

PLURALS = {kind.plural: name for name, kind in KINDS.items()}
DECIDING = frozenset(kind.plural for kind in KINDS.values() if kind.decides)
CLUSTER_SCOPED = frozenset({"ClusterRole", "ClusterRoleBinding", "Node", "Namespace"})


@cache
def decoder(kind: str) -> msgspec.json.Decoder[wire_pod.Wire]:
    return msgspec.json.Decoder(KINDS[kind].wire)


def ref_of(kind: str, namespace: str | None, name: str) -> Ref:
    """The ref of an object; one without a namespace is in `default`, as for kubectl."""
    if kind in CLUSTER_SCOPED:
        return Ref(f"{KINDS[kind].ref}/{name}")
    return Ref(f"{KINDS[kind].ref}/{namespace or 'default'}/{name}")
