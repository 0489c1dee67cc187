"""A control plane of one's own: not EKS's, on nodes that the cluster shows."""

from __future__ import annotations

import json

import yaml
from hypothesis import strategies as st

from strategies.rbac import Phrases
from strategies.words import NODES, SPACES, Json, chance, few, fields, item, one, optional

PHRASES: Phrases = ()

PLACES = (
    "/", "/var/lib/etcd", "/var/lib/etcd/member", "/var/lib/etcd-backup", "/etc/kubernetes", "/etc/kubernetes/pki",
    "/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki", "/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd",
    "/etc/kubernetes/pki/apiserver.key", "/etc/kubernetes/pki/apiserver-etcd-client.key",
    "/etc/kubernetes/pki/etcd/server.key", "/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/front-proxy-ca.key",
)  # fmt: skip
KUBELETS: tuple[Json, ...] = (
    {"authentication": {"anonymous": {"enabled": True}}, "authorization": {"mode": "AlwaysAllow"}},
    {"authentication": {"anonymous": {"enabled": True}}, "authorization": {"mode": "AlwaysAllow"}},
    {"authentication": {"anonymous": {"enabled": False}}, "authorization": {"mode": "AlwaysAllow"}},
    {"authentication": {"anonymous": {"enabled": True}}, "authorization": {"mode": "Webhook"}}, {},
)  # fmt: skip
SERVER = (
    "insecure-port=8080", "insecure-port 8080", "insecure-port=0", "insecure-bind-address=0.0.0.0",
    "insecure-bind-address=127.0.0.1", "authorization-mode=Node,RBAC", "authorization-mode=AlwaysAllow",
    "authorization-mode Node,AlwaysAllow", "anonymous-auth=true", "authorization-config=/etc/authz.yaml",
)  # fmt: skip
STORE = (
    "client-cert-auth", "client-cert-auth=true", "client-cert-auth=false", "listen-client-urls=http://127.0.0.1:2379",
    "listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379", "name=etcd",
)  # fmt: skip


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Nodes with and without the control plane, its parts as static pods, and what was set up around it."""
    if chance(draw, 90):
        documents[:] = [each for each in documents if "cluster" not in each]
    if not any(each.get("kind") == "Node" for each in documents):
        documents.append(item("Node", NODES[0], labels={"disk": "ssd"}, status={"nodeInfo": {}}))
    for document in documents:
        if document.get("kind") == "Node":
            _plain_node(draw, document)
    documents += [_agent(draw, number) for number in range(draw(st.integers(1, 3)))]
    for name, image, flags in (("kube-apiserver", "kube-apiserver:v1.31.4", SERVER), ("etcd", "etcd:3.5", STORE)):
        if chance(draw, 75):
            documents.append(_static(draw, name, image, [f"--{each}" for each in few(draw, flags, 4, 1)]))
    if chance(draw, 85):
        name = one(draw, *["kubelet-config"] * 4, "kubelet-config-1.23", "other")
        data = fields(optional(draw, "kubelet", *map(yaml.safe_dump, (*KUBELETS[:1] * 4, *KUBELETS)), percent=95))
        space = one(draw, *["kube-system"] * 6, "shop")
        documents.append(item("ConfigMap", name, space, data=data))
    documents += _state(draw, documents)


def _plain_node(draw: st.DrawFn, document: Json) -> None:
    """A node that does not say that it is EKS's, and may run the control plane."""
    info = document["status"]["nodeInfo"]
    if "kubeletVersion" in info and chance(draw, 95):
        info["kubeletVersion"] = "v1.31.4"
    if chance(draw, 80):
        role = one(draw, "control-plane", "control-plane", "master", "worker")
        document["metadata"]["labels"][f"node-role.kubernetes.io/{role}"] = ""


def _agent(draw: st.DrawFn, number: int) -> Json:
    """A pod that mounts files of its node."""
    mount = {"name": "files", "mountPath": "/files"} | fields(
        optional(draw, "readOnly", True, False, percent=40),
        optional(draw, "subPath", "pki", "member", "lib/etcd", percent=15),
    )
    container: Json = {"name": "agent", "image": "example.com/agent:1", "volumeMounts": [mount]}
    container |= fields(
        optional(draw, "securityContext", {"runAsUser": 0}, {"runAsUser": 0}, {"runAsUser": 1000}, percent=60)
    )
    spec: Json = {"containers": [container], "volumes": [{"name": "files", "hostPath": {"path": one(draw, *PLACES)}}]}
    spec |= fields(optional(draw, "nodeName", *NODES[:2], percent=85))
    return item("Pod", f"agent-{number}", one(draw, *SPACES), spec=spec, status={"phase": "Running"})


def _state(draw: st.DrawFn, documents: list[Json]) -> list[Json]:
    """Buckets of an installer, in a list or by their policies."""
    found: list[Json] = []
    if chance(draw, 50):
        found.append({"Buckets": [{"Name": one(draw, "shop-kops-state", "kops-state", "kops-assets", "tf-state")}]})
    if chance(draw, 20) and not any("Policy" in each for each in documents):
        statement: Json = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        statement["Resource"] = "arn:aws:s3:::shop-kops-state/*"
        found.append({"Policy": json.dumps({"Version": "2012-10-17", "Statement": statement})})
    return found


def _static(draw: st.DrawFn, name: str, image: str, flags: list[str]) -> Json:
    """A static pod of the control plane; a script in one word, or every flag and value in words of their own."""
    words = [name, *(word for each in flags for word in each.split())]
    container: Json = {"name": name, "image": one(draw, f"registry.k8s.io/{image}", "example.com/hardened:1")}
    container |= one(
        draw,
        {"command": words},
        {"command": words[:1], "args": words[1:]},
        {"command": ["/bin/sh", "-c", f"exec {' '.join(words)}"]},
    )
    spec: Json = {"containers": [container], "nodeName": one(draw, *NODES), "hostNetwork": True, "volumes": []}
    space = one(draw, "kube-system", "kube-system", "kube-system", "shop")
    return item("Pod", f"{name}-cp", space, spec=spec, status={"phase": "Running"})
