"""Everything in the cluster but its pods: controllers, accounts, Secrets without data, nodes, policies."""

from __future__ import annotations

import random
from collections.abc import Iterator

from synthetic.plan import ACCOUNT, CLUSTER, REGION, Node, Plan, Workload, suffix, uid
from synthetic.printer import Json, managed
from synthetic.templates import pod_template

_TIME = "2026-04-14T08:12:54Z"


def made(kind: str, version: str, name: str, space: str = "", *, manager: str = "helm", **rest: object) -> Json:
    """An object as it is served: with the metadata that the server adds."""
    chance = random.Random(f"{kind}/{space}/{name}")
    meta: Json = {"name": name, **({"namespace": space} if space else {}), "uid": uid(chance)}
    meta |= {"resourceVersion": str(70_000_000 + chance.randrange(9_000_000)), "creationTimestamp": _TIME}
    for key in ("labels", "annotations", "ownerReferences"):
        if key in rest:
            meta[key] = rest.pop(key)
    found: Json = {"kind": kind, "apiVersion": version, "metadata": meta, **rest}
    fields = [key for key in ("metadata", "spec") if isinstance(found.get(key), dict)]
    meta["managedFields"] = [managed(found, manager, *fields, time=_TIME)]
    if isinstance(found.get("status"), dict):
        meta["managedFields"].append(managed(found, "kubelet", "status", time=_TIME, subresource="status"))
    return found


def controllers(plan: Plan, kind: str) -> Iterator[Json]:
    """The controllers of a kind."""
    for workload in plan.workloads:
        if workload.kind == kind:
            template, count = pod_template(workload), workload.replicas
            yield made(
                kind, "apps/v1", workload.name, workload.namespace, **_described(workload, template),
                spec={"replicas": count, "selector": _selector(workload), "template": template},
                status={"observedGeneration": 7, "replicas": count, "updatedReplicas": count, "readyReplicas": count},
            )  # fmt: skip


def replica_sets(plan: Plan) -> Iterator[Json]:
    """The ReplicaSet of each Deployment, and up to three that it keeps to roll back to."""
    for workload in plan.workloads:
        if workload.kind == "Deployment":
            chance = workload.random("history")
            older = [suffix(chance, 10) for _ in range(chance.randrange(4))]
            for number, mark in enumerate([*older, workload.hash]):
                count = workload.replicas if mark == workload.hash else 0
                yield _replica_set(workload, mark, count, number + 1)


def _replica_set(workload: Workload, mark: str, count: int, revision: int) -> Json:
    template = pod_template(workload)
    hashed: Json = {"pod-template-hash": mark}
    labels = {**template["metadata"]["labels"], **hashed}
    owner = {
        "apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name, "uid": uid(workload.random("deployment")),
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip
    return made(
        "ReplicaSet", "apps/v1", f"{workload.name}-{mark}", workload.namespace, manager="kube-controller-manager",
        labels=labels, annotations={"deployment.kubernetes.io/revision": str(revision)}, ownerReferences=[owner],
        spec={"replicas": count, "selector": {"matchLabels": {**_selector(workload)["matchLabels"], **hashed}},
              "template": {**template, "metadata": {**template["metadata"], "labels": labels}}},
        status={"replicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 2},
    )  # fmt: skip


def _selector(workload: Workload) -> dict[str, Json]:
    return {"matchLabels": {"app.kubernetes.io/name": workload.name, "app.kubernetes.io/instance": workload.name}}


def _described(workload: Workload, template: dict[str, Json]) -> Json:
    release = {"meta.helm.sh/release-name": workload.name, "meta.helm.sh/release-namespace": workload.namespace}
    return {"labels": template["metadata"]["labels"], "annotations": release}


def namespaces(plan: Plan) -> list[str]:
    """All of them, sorted."""
    system = {"argocd", "cert-manager", "ci", "default", "external-secrets", "kube-system", "logging", "monitoring"}
    return sorted(system | set(plan.namespaces))


def accounts(plan: Plan) -> dict[tuple[str, str], str]:
    """Service accounts with the ARN of their role, empty for none, sorted."""
    found = {(space, "default"): "" for space in namespaces(plan)}
    found |= {(each.namespace, each.account): each.role for each in plan.workloads if each.account != "default"}
    found |= {(name, name): "" for name in ("argocd", "cert-manager", "external-secrets")} | {("ci", "runner"): ""}
    return dict(sorted(found.items()))


def service_accounts(plan: Plan) -> Iterator[Json]:
    for (space, name), role in accounts(plan).items():
        noted: Json = {"annotations": {"eks.amazonaws.com/role-arn": role}} if role else {}
        yield made("ServiceAccount", "v1", name, space, **noted)


def secrets(plan: Plan) -> Iterator[Json]:
    """Names and types, as `kpath collect` writes them: no data."""
    for workload in plan.workloads:
        for name in workload.secrets:
            kind = "kubernetes.io/tls" if name.endswith("-tls") else "Opaque"
            yield made("Secret", "v1", name, workload.namespace, type=kind)
        name = f"sh.helm.release.v1.{workload.name}.v7"
        yield made("Secret", "v1", name, workload.namespace, type="helm.sh/release.v1", labels={"owner": "helm"})
    yield made("Secret", "v1", "runner-token", "ci", type="kubernetes.io/service-account-token",
               annotations={"kubernetes.io/service-account.name": "runner"})  # fmt: skip


def config_maps(plan: Plan) -> Iterator[Json]:
    mapping = "- groups: [system:bootstrappers, system:nodes]\n  rolearn: arn:aws:iam::{}:role/{}\n  username: {}\n"
    nodes = "".join(
        mapping.format(ACCOUNT, f"{CLUSTER}-node-{group}", "system:node:{{EC2PrivateDNSName}}")
        for group in sorted({node.group for node in plan.nodes})
    )
    yield made("ConfigMap", "v1", "aws-auth", "kube-system", data={"mapRoles": nodes})
    for space in namespaces(plan):
        certificate = "-----BEGIN CERTIFICATE-----\n" + "MIIDBTCCAe2gAwIBAgIIR4T" * 45 + "\n-----END CERTIFICATE-----\n"
        yield made("ConfigMap", "v1", "kube-root-ca.crt", space, data={"ca.crt": certificate})
    for workload in plan.workloads:
        lines = "".join(f"setting-{number}: {workload.name}\n" for number in range(40))
        yield made("ConfigMap", "v1", f"{workload.name}-config", workload.namespace, data={"config.yaml": lines})


def namespace_objects(plan: Plan) -> Iterator[Json]:
    for space in namespaces(plan):
        labels: Json = {"kubernetes.io/metadata.name": space}
        if random.Random(f"{plan.seed}/pss/{space}").random() < 0.4:
            labels["pod-security.kubernetes.io/enforce"] = "baseline"
        spec: Json = {"finalizers": ["kubernetes"]}
        yield made("Namespace", "v1", space, labels=labels, spec=spec, status={"phase": "Active"})


def network_policies(plan: Plan) -> Iterator[Json]:
    """A third of the teams deny by default; some open the way to one tier."""
    for space in plan.namespaces:
        chance = random.Random(f"{plan.seed}/netpol/{space}").random()
        if chance < 0.35:
            spec: Json = {"podSelector": {}, "policyTypes": ["Ingress"] if chance < 0.25 else ["Ingress", "Egress"]}
            yield made("NetworkPolicy", "networking.k8s.io/v1", "default-deny", space, spec=spec)
        if chance < 0.15:
            spec = {"podSelector": {"matchLabels": {"tier": "backend"}}, "policyTypes": ["Ingress"],
                    "ingress": [{"from": [{"podSelector": {"matchLabels": {"tier": "frontend"}}}]}]}  # fmt: skip
            yield made("NetworkPolicy", "networking.k8s.io/v1", "frontend-to-backend", space, spec=spec)


def nodes(plan: Plan) -> Iterator[Json]:
    for node in sorted(plan.nodes, key=lambda each: each.name):
        yield _node(node)


def _node(node: Node) -> Json:
    chance = random.Random(f"images/{node.number}")
    images = [
        {"names": [f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app-{number}@sha256:{chance.getrandbits(256):064x}"],
         "sizeBytes": chance.randrange(10**7, 10**9)}
        for number in range(30)
    ]  # fmt: skip
    size = {"cpu": "16", "ephemeral-storage": "83873772Ki", "memory": "63451588Ki", "pods": "234"}
    conditions = [
        {
            "type": name, "status": str(name == "Ready"), "lastHeartbeatTime": _TIME, "lastTransitionTime": _TIME,
            "reason": f"Kubelet{name}", "message": f"kubelet reports {name}",
        }
        for name in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]  # fmt: skip
    info = {
        "machineID": uid(chance), "systemUUID": uid(chance), "bootID": uid(chance), "kernelVersion": "6.1.129-138.220",
        "osImage": node.image, "containerRuntimeVersion": "containerd://1.7.25", "operatingSystem": "linux",
        "kubeletVersion": "v1.32.1-eks-5d632ec", "kubeProxyVersion": "v1.32.1-eks-5d632ec", "architecture": "amd64",
    }  # fmt: skip
    labels = {
        "eks.amazonaws.com/nodegroup": node.group, "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": node.instance_type, "topology.kubernetes.io/region": REGION,
        "topology.kubernetes.io/zone": node.zone,
    }  # fmt: skip
    return made(
        "Node", "v1", node.name, manager="kubelet", labels=labels,
        annotations={"alpha.kubernetes.io/provided-node-ip": node.ip, "node.alpha.kubernetes.io/ttl": "0"},
        spec={"providerID": f"aws:///{node.zone}/{node.instance}"},
        status={"capacity": size, "allocatable": size, "conditions": conditions, "nodeInfo": info, "images": images,
                "addresses": [{"type": "InternalIP", "address": node.ip}, {"type": "Hostname", "address": node.name}]},
    )  # fmt: skip
