"""Claims and volumes, paths that pods share, private images, old kubelets, and credentials in ConfigMaps."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from hypothesis import strategies as st

from strategies.rbac import RBAC, Phrases, subject
from strategies.words import NODES, SPACES, Json, chance, few, fields, item, one, optional

SNAPSHOTS = "snapshot.storage.k8s.io"
PHRASES: Phrases = (
    ("get", "", "nodes/log"), ("get create", "", "nodes/proxy"), ("get", "", "pods/log"), ("*", "", "*/log"),
    ("get", "", "configmaps"), ("list watch", "", "configmaps"), ("create", "", "persistentvolumes"),
    ("create", "", "persistentvolumes persistentvolumeclaims pods"), ("create", "", "persistentvolumeclaims pods"),
    ("create", SNAPSHOTS, "volumesnapshotcontents"), ("create", "", "secrets"), ("create get", "", "secrets"),
    ("create watch", "", "secrets"), ("patch", "apps", "statefulsets"),
)  # fmt: skip
# Rights that are something only together.
BUNDLES: tuple[Phrases, ...] = (
    (("create", "", "persistentvolumes persistentvolumeclaims"), ("create", "", "pods")),
    (("create", "", "persistentvolumes"), ("create", "", "pods")),
    (("create", SNAPSHOTS, "volumesnapshotcontents"), ("create", "", "persistentvolumeclaims"),
     ("update", "apps", "deployments")),
    (("create", "", "secrets"), ("get", "", "secrets")), (("create", "", "secrets"), ("create", "batch", "jobs")),
    (("get", "", "nodes/log pods/log"),), (("get", "", "configmaps"), ("get", "", "nodes/proxy")),
)  # fmt: skip
MAPS = ("settings", "db")
CLAIMS = ("data", "media")
MODES = (
    ["ReadWriteMany"],
    ["ReadWriteOnce"],
    ["ReadWriteOncePod"],
    ["ReadOnlyMany"],
    ["ReadOnlyMany", "ReadWriteMany"],
    [],
)
KUBELETS = (
    "v1.18.20",
    "v1.21.4",
    "v1.21.5",
    "v1.22.1-eks-aaaa",
    "v1.28.11",
    "v1.29.7",
    "v1.30.2-eks-bbbb",
    "v1.9.1",
    "",
)
ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
IMAGES = (f"{ECR}/shop/web:1.4", f"{ECR}/tools@sha256:4bdf", "444455556666.dkr.ecr.cn-north-1.amazonaws.com.cn/web",
          "public.ecr.aws/nginx/nginx:1", "nginx", f"mirror.example/{ECR}/web",
          "111122223333.dkr-ecr.eu-west-1.on.aws/shop/api:2")  # fmt: skip
FOR_DRIVERS = ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef", "controllerExpandSecretRef")
GIVEN = ({"namespace": "kube-system", "name": "nfs"}, {"namespace": "shop", "name": "nfs"})
SHARED = ("/mnt/data", "/mnt//data/", "/mnt", "/mnt/data/in", "/var/log", "/var/log/", "/etc/ssl/certs")
OLD = "old.ec2.internal"
KEY_ID, KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

KUBECONFIG = json.dumps([{"user": {"client-certificate-data": "LS0tLS1C", "client-key-data": "LS0tLS1C"}}])


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """What the objects of a cluster have besides, and what is there for them to have."""
    for number, bundle in enumerate([one(draw, *BUNDLES[:3]), *few(draw, BUNDLES[3:], 3)]):
        documents += _bound(draw, number, bundle)
    documents += [_pod(draw, number) for number in range(draw(st.integers(1, 2)))]
    documents.append(item("Node", OLD, status={"nodeInfo": {"kubeletVersion": one(draw, *KUBELETS)}}))
    for document in documents:
        if document.get("kind") == "Node" and chance(draw, 60):
            document["status"]["nodeInfo"]["kubeletVersion"] = one(draw, *KUBELETS)
        for rule in document.get("rules") or ():
            if {"nodes/log", "nodes/proxy"} & {*rule["resources"]} and chance(draw, 30):
                rule["resourceNames"] = [one(draw, *NODES, OLD)]
    for name, spec in _specs(documents):
        _mounting(draw, spec, name)
    documents += _stored(draw)


def _stored(draw: st.DrawFn) -> Iterator[Json]:
    """Claims, ConfigMaps and volumes."""
    for space in SPACES:
        for name in few(draw, CLAIMS, 2):
            spec = {"accessModes": one(draw, *MODES)} | fields(optional(draw, "volumeName", "pv-0", "pv-1", percent=70))
            status = fields(optional(draw, "phase", "Bound", "Bound", "Pending", "Lost", percent=60))
            yield item("PersistentVolumeClaim", name, space, spec=spec, status=status)
        if chance(draw, 70):
            data = one(draw, _data(draw), None, _data(draw))
            notes = fields(optional(draw, "kubectl.kubernetes.io/last-applied-configuration", _token(draw), percent=20))
            yield item("ConfigMap", one(draw, *MAPS), space, annotations=notes, data=data)
    handle = {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0a1b"}}
    for name in few(draw, ("pv-0", "pv-1"), 2, 1):
        given = fields(*(optional(draw, key, *GIVEN, percent=40) for key in FOR_DRIVERS))
        driven = {"csi": handle["csi"] | given}
        yield item("PersistentVolume", name, spec=one(draw, driven, driven, {"hostPath": {"path": "/mnt"}}))


def _bound(draw: st.DrawFn, number: int, bundle: Phrases) -> list[Json]:
    """A role with some rights, and who has it where."""
    kind = one(draw, "ClusterRoleBinding", "ClusterRoleBinding", "RoleBinding")
    rules = [
        {"verbs": verbs.split(), "apiGroups": [group], "resources": names.split()} for verbs, group, names in bundle
    ]
    name = f"volumes-{number}"
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    space = one(draw, *SPACES) if kind == "RoleBinding" else ""
    binding = item(kind, name, space, roleRef=role, subjects=[subject(draw, kind)])
    return [item("ClusterRole", name, rules=rules), binding]


def _pod(draw: st.DrawFn, number: int) -> Json:
    """A pod with nothing but what is mounted into it."""
    container: Json = {"name": "app", "volumeMounts": []}
    container |= fields(optional(draw, "securityContext", {"runAsUser": 0}, {"runAsUser": 1000}, percent=50))
    spec = {"containers": [container]} | fields(optional(draw, "nodeName", NODES[0], OLD, percent=80))
    return item("Pod", f"volumes-{number}", one(draw, *SPACES[:2]), spec=spec, status={"phase": "Running"})


def _specs(documents: list[Json]) -> Iterator[tuple[str, Json]]:
    """The specs of pods, made and to be made, each with the name of the pod or of what makes it."""
    for document in documents:
        spec = document.get("spec") or {}
        if "jobTemplate" in spec:
            spec = spec["jobTemplate"]["spec"]
        if document.get("kind") == "Pod":
            yield document["metadata"]["name"], spec
        elif "template" in spec:
            yield document["metadata"]["name"], spec["template"]["spec"]


def _mounting(draw: st.DrawFn, spec: Json, of: str) -> None:
    found: list[Json] = []
    for number, name in enumerate(few(draw, (*CLAIMS, f"data-{of}", "data-pod-0"), 2)):
        claim = {"claimName": name} | fields(optional(draw, "readOnly", True, False, percent=30))
        found.append({"name": f"c{number}", "persistentVolumeClaim": claim})
    if chance(draw, 20):
        found.append({"name": "own", "csi": {"driver": "nfs.example", "nodePublishSecretRef": {"name": "nfs"}}})
    if chance(draw, 60):
        found.append({"name": "shared", "hostPath": {"path": one(draw, *SHARED)}})
    found += _config_volumes(draw)
    if chance(draw, 20):
        found.append({"name": "model", "image": {"reference": one(draw, *IMAGES)}})
    spec["volumes"] = [*spec.get("volumes", ()), *found]
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(key, ()):
            if chance(draw, 50):
                container["image"] = one(draw, *IMAGES)
            for volume in found:
                _mount(draw, container, volume)
            _configure(draw, container)


def _configure(draw: st.DrawFn, container: Json) -> None:
    if chance(draw, 15):
        container["envFrom"] = [*container.get("envFrom", ()), {"configMapRef": {"name": one(draw, *MAPS)}}]
    if chance(draw, 15):
        named = {"name": one(draw, *MAPS), "key": "token"}
        container["env"] = [*container.get("env", ()), {"name": "T", "valueFrom": {"configMapKeyRef": named}}]


def _config_volumes(draw: st.DrawFn) -> list[Json]:
    named = {"configMap": {"name": one(draw, *MAPS)}}
    projected = {"projected": {"sources": [{"serviceAccountToken": {"path": "t", "audience": "vault"}}, named]}}
    return [{"name": "conf", **one(draw, named, projected)}] if chance(draw, 30) else []


def _mount(draw: st.DrawFn, container: Json, volume: Json) -> None:
    if "persistentVolumeClaim" in volume and chance(draw, 15):
        container.setdefault("volumeDevices", []).append({"name": volume["name"], "devicePath": "/dev/xvda"})
    elif chance(draw, 70):
        mount = {"name": volume["name"], "mountPath": f"/mnt/{volume['name']}"}
        mount |= fields(
            optional(draw, "readOnly", True, False, percent=30),
            optional(draw, "subPath", "in", "in/", "out", "out/images", percent=30),
        )
        container["volumeMounts"].append(mount)


def _data(draw: st.DrawFn) -> Json:
    digest = "5f2a9c1d7be3408896f1c2d4e5a6b7c8d9e0f1a2"
    return fields(
        optional(draw, "token", _token(draw), percent=50),
        optional(draw, "config", "- user:\n    client-certificate-data: LS0tLS1C\n", KUBECONFIG, percent=30),
        optional(draw, "id", KEY_ID, f"aws_access_key_id={KEY_ID}\n", percent=40),
        optional(draw, "key", KEY, f"aws_secret_access_key={KEY}\n", digest, percent=40),
    )


def _token(draw: st.DrawFn) -> str:
    """A token as the API server signs it, for a service account or for somebody else."""
    subject = one(draw, "system:serviceaccount:ci:deployer", "system:serviceaccount:shop:web", "alice")
    payload = {"sub": subject} | fields(
        optional(draw, "aud", ["https://kubernetes.default.svc"], ["sts.amazonaws.com", "vault"], "vault", percent=50)
    )
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in ({"alg": "RS256"}, payload, {})]
    return one(draw, "token: {}\n", "{}").format(".".join(part.rstrip("=") for part in parts))
