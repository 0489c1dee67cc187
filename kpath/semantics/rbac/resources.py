"""Resources as kubectl users write them: short names, groups behind a dot, names and subresources behind a slash."""

from __future__ import annotations

# Kinds whose group is not the core one, as of Kubernetes 1.34.
GROUPS = {
    "apps": ("deployments", "daemonsets", "statefulsets", "replicasets", "controllerrevisions"),
    "batch": ("jobs", "cronjobs"),
    "rbac.authorization.k8s.io": ("roles", "rolebindings", "clusterroles", "clusterrolebindings"),
    "networking.k8s.io": ("networkpolicies", "ingresses", "ingressclasses"),
    "gateway.networking.k8s.io": (
        "gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "tcproutes", "referencegrants",
    ),
    "certificates.k8s.io": ("certificatesigningrequests", "signers"),
    "admissionregistration.k8s.io": (
        "mutatingwebhookconfigurations", "validatingwebhookconfigurations", "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ),
    "storage.k8s.io": ("storageclasses", "csidrivers", "volumeattachments"),
    "discovery.k8s.io": ("endpointslices",),
    "policy": ("poddisruptionbudgets", "podsecuritypolicies"),
    "autoscaling": ("horizontalpodautoscalers",),
    "coordination.k8s.io": ("leases",),
    "apiextensions.k8s.io": ("customresourcedefinitions",),
    "authentication.k8s.io": ("tokenreviews",),
    "authorization.k8s.io": ("subjectaccessreviews", "localsubjectaccessreviews"),
    "scheduling.k8s.io": ("priorityclasses",),
    "node.k8s.io": ("runtimeclasses",),
}  # fmt: skip

SHORT = {
    "po": "pods", "no": "nodes", "ns": "namespaces", "svc": "services", "sa": "serviceaccounts", "cm": "configmaps",
    "ep": "endpoints", "pv": "persistentvolumes", "pvc": "persistentvolumeclaims", "rc": "replicationcontrollers",
    "deploy": "deployments", "ds": "daemonsets", "sts": "statefulsets", "rs": "replicasets", "cj": "cronjobs",
    "netpol": "networkpolicies", "ing": "ingresses", "csr": "certificatesigningrequests", "psp": "podsecuritypolicies",
    "crd": "customresourcedefinitions", "hpa": "horizontalpodautoscalers", "pdb": "poddisruptionbudgets",
}  # fmt: skip

SUBRESOURCES = frozenset({
    "approval", "attach", "binding", "checkpoint", "ephemeralcontainers", "eviction", "exec", "finalize", "log",
    "metrics", "portforward", "proxy", "resize", "scale", "spec", "stats", "status", "token",
})  # fmt: skip

_GROUP_OF = {resource: group for group, resources in GROUPS.items() for resource in resources}
_SINGULAR = {"ies": "y", "sses": "ss", "s": ""}


def resource(text: str, subresource: str = "") -> tuple[str, str, str]:
    """Resource (with its subresource), group and name of what a user wrote.

    `pods/exec` is a subresource, `pods/web` a name; `deployments.apps` says its group.
    """
    head, _, rest = text.partition("/")
    written, dot, group = head.partition(".")
    plural = _plural(written)
    group = group if dot else _GROUP_OF.get(plural, "")
    if rest in SUBRESOURCES and not subresource:
        subresource, rest = rest, ""
    return f"{plural}/{subresource}" if subresource else plural, group, rest


def _plural(written: str) -> str:
    known = {*SHORT.values(), *_GROUP_OF, "secrets", "events", "users", "groups"}
    name = SHORT.get(written.lower(), written.lower())
    if name in known or name == "*":
        return name
    for plural in known:
        for ending, single in _SINGULAR.items():
            if plural.endswith(ending) and plural.removesuffix(ending) + single == name:
                return plural
    return name
