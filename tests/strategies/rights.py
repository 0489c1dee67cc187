"""Rights over namespaces, nodes, certificates and pods beyond the common ones, with what they are about."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.rbac import RBAC, Phrases
from strategies.words import ACCOUNTS, NODES, SPACES, Json, chance, few, fields, item, one, optional

CERTIFICATES = "certificates.k8s.io"
REQUESTS = "certificatesigningrequests"
SIGNERS = ("kubernetes.io/kube-apiserver-client", "kubernetes.io/*", "example.com/*")
PHRASES: Phrases = (
    ("patch", "", "namespaces"), ("update get", "", "namespaces"),
    ("create", "", "nodes/proxy"), ("get", "", "nodes/proxy"), ("get", "", "nodes/log nodes/metrics"),
    ("create", "", "nodes/checkpoint"), ("*", "", "nodes/*"), ("*", "", "*/log"),
    ("patch", "", "pods/status"), ("update patch", "", "pods"), ("create", "", "pods/portforward"),
    ("get", "", "pods/portforward"), ("get", "", "pods/proxy"), ("delete update", "", "services/proxy"),
    ("create", "", "pods/binding"), ("delete patch", "", "pods nodes"),
    ("create patch", "", "pods/eviction nodes/status"),
    ("update", "", "nodes"), ("delete", "", "nodes pods"),
    ("create get patch approve", CERTIFICATES, f"{REQUESTS} {REQUESTS}/approval signers"),
    ("create update sign", CERTIFICATES, f"{REQUESTS} {REQUESTS}/status signers"),
    ("create watch", CERTIFICATES, REQUESTS), ("update", CERTIFICATES, f"{REQUESTS}/approval"),
    ("approve", CERTIFICATES, "signers"), ("*", CERTIFICATES, "*"),
    ("create", CERTIFICATES, f"{REQUESTS}/nodeclient"), ("create", CERTIFICATES, "*/nodeclient"),
)  # fmt: skip
PUBLIC = (
    "system:unauthenticated", "system:anonymous", "system:authenticated", "system:serviceaccounts",
    "system:serviceaccounts:shop",
)  # fmt: skip
BOOTSTRAPPERS = ("system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:bootstrappersx")
NODE_CLIENTS = "system:certificates.k8s.io:certificatesigningrequests:nodeclient"


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Services, a control plane that is the operator's, public bindings, bootstrap tokens, and names in rules."""
    if chance(draw, 70):
        _self_managed(draw, documents)
    for name in few(draw, ("web", "api"), 2):
        documents.append(service(draw, name, one(draw, *SPACES)))
    if pods := [each for each in documents if each.get("kind") == "Pod"]:
        documents.append(service(draw, "front", one(draw, *pods)["metadata"]["namespace"]))
    if chance(draw, 50):
        documents.append(
            _bound(draw, "public", one(draw, "c0", "view", "system:discovery", "missing"), one(draw, *PUBLIC))
        )
    if chance(draw, 95):
        documents.append(
            _bound(draw, "bootstrap", one(draw, NODE_CLIENTS, NODE_CLIENTS, "c0"), one(draw, *BOOTSTRAPPERS))
        )
        kind = one(draw, "bootstrap.kubernetes.io/token", "Opaque")
        documents.append(item("Secret", "bootstrap-token-abcdef", one(draw, "kube-system", "shop"), type=kind))
    if chance(draw, 40):
        _signer(draw, documents)
    for document in documents:
        if document.get("kind") == "ClusterRole" and chance(draw, 30):
            names = (*NODES, *SIGNERS, "web", "csr-1", *SPACES)
            rules = document["rules"] or []
            rules += [{**rule, "resourceNames": few(draw, names, 3, 1)} for rule in rules[:1]]
        if document.get("kind") == "Pod" and chance(draw, 50) and "ownerReferences" not in document["metadata"]:
            owner = {"kind": one(draw, "StatefulSet", "DaemonSet", "Node"), "name": "web", "controller": True}
            document["metadata"]["ownerReferences"] = [owner]


def _self_managed(draw: st.DrawFn, documents: list[Json]) -> None:
    """Take away what speaks of EKS, and perhaps say which nodes are the control plane's."""
    documents[:] = [each for each in documents if "cluster" not in each]
    for document in documents:
        if document.get("kind") == "Node":
            document["status"]["nodeInfo"].pop("kubeletVersion", None)
            role = one(draw, "control-plane", "master", "worker")
            document["metadata"]["labels"] |= fields(optional(draw, f"node-role.kubernetes.io/{role}", "", percent=40))


def service(draw: st.DrawFn, name: str, space: str) -> Json:
    selector = fields(
        optional(draw, "app", "web", "web", "api", percent=80), optional(draw, "tier", "front", percent=5)
    )
    kind = fields(optional(draw, "type", "ClusterIP", "ExternalName", percent=30))
    return item("Service", name, space, spec={"selector": selector, "ports": [{"port": 80}], **kind})


def _bound(draw: st.DrawFn, name: str, role: str, subject: str) -> Json:
    kind = one(draw, "ClusterRoleBinding", "ClusterRoleBinding", "RoleBinding")
    who = {"apiGroup": RBAC, "kind": "User" if subject == "system:anonymous" else "Group", "name": subject}
    space = "shop" if kind == "RoleBinding" else ""
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
    return item(kind, name, space, roleRef=reference, subjects=[who])


def _signer(draw: st.DrawFn, documents: list[Json]) -> None:
    """One principal with what it takes to have certificates signed, or all of it but something."""
    parts = [
        ("create", REQUESTS), (one(draw, "get", "list", "patch"), REQUESTS), ("update", f"{REQUESTS}/approval"),
        ("approve", "signers"), ("patch", f"{REQUESTS}/status"), ("sign", "signers"),
    ]  # fmt: skip
    rules: list[Json] = []
    for verb, resource in few(draw, parts, 6, 4):
        rules.append({"verbs": [verb], "apiGroups": [CERTIFICATES], "resources": [resource]})
        names = SIGNERS if resource == "signers" else ("csr-1", "csr-2")
        if chance(draw, 40):
            rules[-1]["resourceNames"] = few(draw, names, 2, 1)
    documents.append(item("ClusterRole", "signer", rules=rules))
    who = {"kind": "ServiceAccount", "name": one(draw, *ACCOUNTS), "namespace": "ci"}
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "signer"}
    documents.append(item("ClusterRoleBinding", "signer", roleRef=reference, subjects=[who]))
