"""The Kubernetes kinds that rules read: how each is decoded, named and called in the plural."""

from __future__ import annotations

from functools import cache

import msgspec
from msgspec import Struct

from kpath.model import wire, wire_ext, wire_gw, wire_net, wire_pod
from kpath.refs import Ref


class Kind(Struct, frozen=True):
    """`ref` is the kind of its refs, `plural` what kubectl calls many of them, `decides` whether an answer needs it.

    An object of the same kind in none of the `groups` is another thing: a Knative Service is no Service.
    """

    wire: type[wire_pod.Wire]
    ref: str
    plural: str
    decides: bool = False
    groups: tuple[str, ...] = ("",)


RBAC = ("rbac.authorization.k8s.io",)
APPS = ("apps", "extensions")
ADMISSION = ("admissionregistration.k8s.io",)
NETWORKING = ("networking.k8s.io", "extensions")
ADMIN = ("policy.networking.k8s.io",)
EKS = ("networking.k8s.aws",)
CALICO = ("projectcalico.org", "crd.projectcalico.org")
CILIUM = ("cilium.io",)
GATEWAY = ("gateway.networking.k8s.io",)

KINDS = {
    "Pod": Kind(wire_pod.Pod, "pod", "pods", True),
    "Deployment": Kind(wire.Controller, "deploy", "deployments", True, APPS),
    "DaemonSet": Kind(wire.Controller, "ds", "daemonsets", True, APPS),
    "StatefulSet": Kind(wire.Controller, "sts", "statefulsets", True, APPS),
    "ReplicaSet": Kind(wire.Controller, "rs", "replicasets", True, APPS),
    "ReplicationController": Kind(wire.Controller, "rc", "replicationcontrollers"),
    "Job": Kind(wire.Controller, "job", "jobs", True, ("batch",)),
    "CronJob": Kind(wire.Controller, "cronjob", "cronjobs", True, ("batch",)),
    "Role": Kind(wire.Role, "role", "roles", True, RBAC),
    "ClusterRole": Kind(wire.Role, "clusterrole", "clusterroles", True, RBAC),
    "RoleBinding": Kind(wire.Binding, "rolebinding", "rolebindings", True, RBAC),
    "ClusterRoleBinding": Kind(wire.Binding, "clusterrolebinding", "clusterrolebindings", True, RBAC),
    "ServiceAccount": Kind(wire.ServiceAccount, "sa", "serviceaccounts", True),
    "Secret": Kind(wire.Secret, "secret", "secrets", True),
    "ConfigMap": Kind(wire.ConfigMap, "configmap", "configmaps", True),
    "Node": Kind(wire.Node, "node", "nodes", True),
    "NetworkPolicy": Kind(wire_net.NetworkPolicy, "netpol", "networkpolicies", False, NETWORKING),
    "AdminNetworkPolicy": Kind(wire_net.NetworkPolicy, "anp", "adminnetworkpolicies", False, ADMIN),
    "BaselineAdminNetworkPolicy": Kind(wire_net.NetworkPolicy, "banp", "baselineadminnetworkpolicies", False, ADMIN),
    "ClusterNetworkPolicy": Kind(wire_net.NetworkPolicy, "clusternetpol", "clusternetworkpolicies", False, ADMIN),
    "EksClusterNetworkPolicy": Kind(
        wire_net.NetworkPolicy, "eks-clusternetpol", "clusternetworkpolicies.networking.k8s.aws", False, EKS
    ),
    "CalicoNetworkPolicy": Kind(
        wire_net.NetworkPolicy, "calico-netpol", "networkpolicies.projectcalico.org", False, CALICO
    ),
    "GlobalNetworkPolicy": Kind(wire_net.NetworkPolicy, "gnp", "globalnetworkpolicies", False, CALICO),
    "Tier": Kind(wire_net.NetworkPolicy, "tier", "tiers", False, CALICO),
    "NetworkSet": Kind(wire_net.NetworkPolicy, "netset", "networksets", False, CALICO),
    "GlobalNetworkSet": Kind(wire_net.NetworkPolicy, "globalnetset", "globalnetworksets", False, CALICO),
    "HostEndpoint": Kind(wire_net.NetworkPolicy, "hep", "hostendpoints", False, CALICO),
    "CiliumNetworkPolicy": Kind(wire_net.NetworkPolicy, "ciliumnetpol", "ciliumnetworkpolicies", False, CILIUM),
    "CiliumClusterwideNetworkPolicy": Kind(
        wire_net.NetworkPolicy, "ciliumclusternetpol", "ciliumclusterwidenetworkpolicies", False, CILIUM
    ),
    "Namespace": Kind(wire.Namespace, "ns", "namespaces"),
    "Service": Kind(wire_net.Service, "svc", "services"),
    "Ingress": Kind(wire_net.Ingress, "ing", "ingresses", False, NETWORKING),
    "IngressClass": Kind(wire_net.IngressClass, "ingressclass", "ingressclasses", False, NETWORKING),
    "GatewayClass": Kind(wire_gw.GatewayClass, "gatewayclass", "gatewayclasses", False, GATEWAY),
    "Gateway": Kind(wire_gw.Gateway, "gateway", "gateways", False, GATEWAY),
    "HTTPRoute": Kind(wire_gw.Route, "httproute", "httproutes", False, GATEWAY),
    "GRPCRoute": Kind(wire_gw.Route, "grpcroute", "grpcroutes", False, GATEWAY),
    "TLSRoute": Kind(wire_gw.Route, "tlsroute", "tlsroutes", False, GATEWAY),
    "TCPRoute": Kind(wire_gw.Route, "tcproute", "tcproutes", False, GATEWAY),
    "ReferenceGrant": Kind(wire_gw.ReferenceGrant, "referencegrant", "referencegrants", False, GATEWAY),
    "PersistentVolume": Kind(wire_ext.PersistentVolume, "pv", "persistentvolumes"),
    "PersistentVolumeClaim": Kind(wire_ext.PersistentVolumeClaim, "pvc", "persistentvolumeclaims"),
    "MutatingWebhookConfiguration": Kind(
        wire_ext.WebhookConfiguration, "mutatingwebhook", "mutatingwebhookconfigurations", False, ADMISSION
    ),
    "ValidatingWebhookConfiguration": Kind(
        wire_ext.WebhookConfiguration, "validatingwebhook", "validatingwebhookconfigurations", False, ADMISSION
    ),
    "CustomResourceDefinition": Kind(
        wire_ext.CustomResourceDefinition, "crd", "customresourcedefinitions", False, ("apiextensions.k8s.io",)
    ),
    "SecretStore": Kind(wire_ext.Custom, "secretstore", "secretstores", False, ("external-secrets.io",)),
    "ClusterSecretStore": Kind(
        wire_ext.Custom, "clustersecretstore", "clustersecretstores", False, ("external-secrets.io",)
    ),
    "AppProject": Kind(wire_ext.Custom, "appproject", "appprojects", False, ("argoproj.io",)),
    "NodePool": Kind(wire_ext.Custom, "nodepool", "nodepools", False, ("karpenter.sh",)),
    "EC2NodeClass": Kind(wire_ext.Custom, "nodeclass", "ec2nodeclasses", False, ("karpenter.k8s.aws",)),
    "Advisory": Kind(wire_ext.Advisory, "advisory", "advisories", False, ("kpath",)),
}

PLURALS = {kind.plural: name for name, kind in KINDS.items()}
DECIDING = frozenset(kind.plural for kind in KINDS.values() if kind.decides)
CLUSTER_SCOPED = frozenset({
    "ClusterRole", "ClusterRoleBinding", "Node", "Namespace", "IngressClass", "PersistentVolume",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "CustomResourceDefinition", "ClusterSecretStore",
    "NodePool", "EC2NodeClass", "Advisory", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy",
    "EksClusterNetworkPolicy", "GlobalNetworkPolicy", "Tier", "GlobalNetworkSet", "HostEndpoint",
    "CiliumClusterwideNetworkPolicy",
    "GatewayClass",
})  # fmt: skip


# Two APIs call their kinds alike; the second is known by a name of its own.
_TWINS = {
    **{("NetworkPolicy", group): "CalicoNetworkPolicy" for group in CALICO},
    **{("ClusterNetworkPolicy", group): "EksClusterNetworkPolicy" for group in EKS},
}


def known_as(kind: str, api_version: str) -> str:
    """What an object's kind is called here: its own name, but where two APIs have the same."""
    return _TWINS.get((kind, api_version.rpartition("/")[0]), kind)


@cache
def decoder(kind: str) -> msgspec.json.Decoder[wire_pod.Wire]:
    return msgspec.json.Decoder(KINDS[kind].wire)


def is_of(kind: str, api_version: str) -> bool:
    """Whether an object of a kind is what rules take it for; one that states no group is, for the core has no twins."""
    group = api_version.rpartition("/")[0]
    return not group or group in KINDS[kind].groups


def ref_of(kind: str, namespace: str | None, name: str) -> Ref:
    """The ref of an object; one without a namespace is in `default`, as for kubectl."""
    if kind in CLUSTER_SCOPED:
        return Ref(f"{KINDS[kind].ref}/{name}")
    return Ref(f"{KINDS[kind].ref}/{namespace or 'default'}/{name}")
