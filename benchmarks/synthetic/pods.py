"""Pods as the API server prints them: one text for each shape, its gaps filled pod by pod."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from synthetic.plan import REGION, Node, Plan, Workload, pod_names, suffix, uid
from synthetic.printer import Json, item, managed
from synthetic.templates import pod_template

_GAP = re.compile("@([a-z]+)@")
_INJECTED = "kube-api-access-"
_CREATED = "2026-05-@day@T@time@Z"
_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount"


def pods(plan: Plan, *, compact: bool, shape: Callable[[Workload], Json] | None = None) -> Iterator[str]:
    """Every pod, in the order of an API server, as text. `shape` is a pod of a workload with its gaps."""
    shape = shape or pod
    number = 0
    for workload in plan.workloads:
        parts = _GAP.split(item(shape(workload), compact=compact))
        chance = workload.random("placing")
        for index, name in enumerate(pod_names(workload)):
            node = plan.nodes[index] if workload.kind == "DaemonSet" else chance.choice(plan.nodes)
            values = _values(name, number, node, chance)
            parts_of_pod = [values[part] if at & 1 else part for at, part in enumerate(parts)]
            number += 1
            yield "".join(parts_of_pod)


def _values(name: str, number: int, node: Node, chance: random.Random) -> dict[str, str]:
    return {
        "name": name,
        "ordinal": name.rpartition("-")[2],
        "uid": uid(chance),
        "version": str(80_000_000 + chance.randrange(9_000_000)),
        "ip": f"10.{128 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}",
        "node": node.name,
        "host": node.ip,
        "injected": suffix(chance, 5),
        "day": f"{1 + number % 28:02}",
        "time": f"{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}",
        "one": f"{chance.getrandbits(256):064x}",
        "two": f"{chance.getrandbits(256):064x}",
        "three": f"{chance.getrandbits(256):064x}",
    }


def pod(workload: Workload, gap: str = "@") -> Json:
    """A pod of a workload with gaps, `@name@`, for what is its own."""
    template = pod_template(workload)
    spec = dict(template["spec"])
    _injected(spec, workload)
    owner: Json = {
        "apiVersion": "apps/v1", "kind": "ReplicaSet" if workload.kind == "Deployment" else workload.kind,
        "name": f"{workload.name}-{workload.hash}" if workload.kind == "Deployment" else workload.name,
        "uid": uid(workload.random("owner")), "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip
    metadata: Json = {
        "name": f"{gap}name{gap}", "generateName": owner["name"] + "-", "namespace": workload.namespace,
        "uid": f"{gap}uid{gap}", "resourceVersion": f"{gap}version{gap}", "creationTimestamp": _CREATED,
        "labels": _labels(template["metadata"]["labels"], workload),
        "annotations": template["metadata"]["annotations"],
        "ownerReferences": [owner],
    }  # fmt: skip
    served = _scheduled(spec, workload)
    found: Json = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": served, "status": _status(spec)}
    asked = {**found, "spec": template["spec"]}
    metadata["managedFields"] = [
        managed(asked, "kube-controller-manager", "metadata", "spec", time=_CREATED),
        managed(found, "kubelet", "status", time=_CREATED, subresource="status"),
    ]
    return found


def _labels(labels: dict[str, str], workload: Workload) -> Json:
    if workload.kind == "Deployment":
        return {**labels, "pod-template-hash": workload.hash}
    own: Json = {**labels, "controller-revision-hash": f"{workload.name}-{workload.hash}"}
    if workload.kind == "StatefulSet":
        return {**own, "apps.kubernetes.io/pod-index": "@ordinal@", "statefulset.kubernetes.io/pod-name": "@name@"}
    return {**own, "pod-template-generation": "7"}


def _injected(spec: Json, workload: Workload) -> None:
    """What admission adds: the token of the API server, and that for AWS where the account has a role."""
    volumes = list(spec.get("volumes", []))
    name = f"{_INJECTED}@injected@"
    mounts = [{"name": name, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]
    volumes.append({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        ]}},
    ]}})  # fmt: skip
    env: list[Json] = []
    if workload.role:
        token = {"serviceAccountToken": {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}}
        volumes.insert(0, {"name": "aws-iam-token", "projected": {"defaultMode": 420, "sources": [token]}})
        mounts.append({"name": "aws-iam-token", "readOnly": True, "mountPath": _TOKEN})
        env = [
            {"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"},
            {"name": "AWS_DEFAULT_REGION", "value": REGION},
            {"name": "AWS_REGION", "value": REGION},
            {"name": "AWS_ROLE_ARN", "value": workload.role},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": f"{_TOKEN}/token"},
        ]
    for key in ("initContainers", "containers"):
        if key in spec:
            spec[key] = [
                {**each, "env": [*each.get("env", []), *env], "volumeMounts": [*each.get("volumeMounts", []), *mounts]}
                for each in spec[key]
            ]
    spec["volumes"] = volumes


def _scheduled(spec: Json, workload: Workload) -> Json:
    """The spec with what the server and the scheduler fill in."""
    soon = [
        {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute"}
        | ({} if workload.kind == "DaemonSet" else {"tolerationSeconds": 300})
        for state in ("not-ready", "unreachable")
    ]
    if workload.kind == "DaemonSet":
        soon += [
            {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoSchedule"}
            for state in ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
        ]
        field = {"key": "metadata.name", "operator": "In", "values": ["@node@"]}
        spec = {**spec, "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [field]}]},
        }}}  # fmt: skip
    return {
        **spec, "nodeName": "@node@", "tolerations": [*spec.get("tolerations", []), *soon],
        "priority": 2000001000 if workload.system else 0, "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }  # fmt: skip


def _status(spec: Json) -> Json:
    def statuses(key: str) -> list[Json]:
        found: list[Json] = []
        for each, gap in zip(spec.get(key, ()), ("one", "two", "three"), strict=False):
            started = {"startedAt": _CREATED}
            ended = {"exitCode": 0, "reason": "Completed", **started, "finishedAt": _CREATED}
            over = {"terminated": {**ended, "containerID": f"containerd://@{gap}@"}}
            digest = random.Random(each["image"]).getrandbits(256)
            found.append({
                "name": each["name"], "state": over if key == "initContainers" else {"running": started},
                "lastState": {}, "ready": True, "restartCount": 0, "image": each["image"],
                "imageID": f"{each['image'].partition(':')[0]}@sha256:{digest:064x}",
                "containerID": f"containerd://@{gap}@", "started": key != "initContainers",
            })  # fmt: skip
        return found

    held = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    conditions = [
        {"type": each, "observedGeneration": 1, "status": "True", "lastProbeTime": None, "lastTransitionTime": _CREATED}
        for each in held
    ]
    found: Json = {
        "phase": "Running", "conditions": conditions, "hostIP": "@host@", "hostIPs": [{"ip": "@host@"}],
        "podIP": "@ip@", "podIPs": [{"ip": "@ip@"}], "startTime": _CREATED, "qosClass": "Burstable",
    }  # fmt: skip
    if "initContainers" in spec:
        found["initContainerStatuses"] = statuses("initContainers")
    found["containerStatuses"] = statuses("containers")
    return found
