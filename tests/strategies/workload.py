"""Random workloads: namespaces, nodes, accounts, Secrets, pods as served, and controllers without pods."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.words import (
    ACCOUNTS,
    AUDIENCES,
    HOME,
    NODES,
    SECRETS,
    SPACES,
    Json,
    chance,
    few,
    fields,
    item,
    one,
    optional,
)

IMAGES = (
    "Amazon Linux 2", "Amazon Linux 2023.6.20250115", "Bottlerocket OS 1.32.0 (aws-k8s-1.31)", "Ubuntu 22.04.5 LTS",
    "Debian GNU/Linux 12 (bookworm)",
)  # fmt: skip
PATHS = (
    "/", "/etc", "/etc/kubernetes", "//etc/../etc/cron.d/", "/etc/ssl/certs", "/var", "/var/lib", "/var/lib/kubelet",
    "/var/lib/kubelet/pods", "/var/lib/kubelet/pods/42/volumes", "/var/lib/docker", "/var/log", "/tmp", "/run",
    "/var/run", "/run/containerd", "/run/containerd/containerd.sock", "/var/run/docker.sock", "/run/xtables.lock",
    "/proc", "/proc/sys", "/proc/sys/kernel", "/sys", "/sys/fs/cgroup", "/dev", "/dev/shm", "/root/.ssh", "/home",
    "/home/ec2-user/.ssh", "/opt/cni/bin", "/mnt/data", "/usr/share/zoneinfo", "/boot",
)  # fmt: skip
CAPABILITIES = ("SYS_ADMIN", "CAP_SYS_PTRACE", "SYS_PTRACE", "sys_module", "ALL", "NET_ADMIN")
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
PSA = "pod-security.kubernetes.io/enforce"
TYPE_OF_TOKENS = "kubernetes.io/service-account-token"
KINDS = ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job", "CronJob")


@st.composite
def workloads(draw: st.DrawFn) -> list[Json]:
    """The objects of some namespaces, from their pods to the nodes beneath."""
    documents: list[Json] = []
    if chance(draw, 80):
        for space in SPACES:
            level = fields(optional(draw, PSA, "privileged", "baseline", "restricted", percent=60))
            documents.append(item("Namespace", space, labels=level))
    documents += [node(draw, number) for number in range(len(NODES)) if chance(draw, 60)]
    for space in SPACES:
        documents += [account(draw, space, name) for name in few(draw, ACCOUNTS, 2)]
        documents += [secret(draw, space, name) for name in few(draw, SECRETS, 2)]
    for number in range(draw(st.integers(0, 3))):
        documents.append(pod(draw, number))
    for number in range(draw(st.integers(0, 2))):
        documents += controller(draw, number)
    if chance(draw, 30):
        selector = {"matchLabels": {"app": "web"}} if chance(draw, 50) else {}
        spec: Json = {"podSelector": selector, "policyTypes": ["Egress"], "egress": []}
        documents.append(item("NetworkPolicy", "deny", one(draw, *SPACES), spec=spec))
    return documents


def node(draw: st.DrawFn, number: int) -> Json:
    labels: Json = {"disk": one(draw, "ssd", "hdd")}
    image, system, provider = one(draw, *IMAGES), "linux", f"aws:///eu-west-1a/i-{number:04}"
    if NODES[number].startswith("fargate-"):
        labels["eks.amazonaws.com/compute-type"] = "fargate"
        image, provider = "Amazon Linux 2", "aws:///eu-west-1a/x/fargate-ip-10-0-3-3"
    elif chance(draw, 25):
        labels["eks.amazonaws.com/compute-type"] = one(draw, "auto", "hybrid")
        image = "Bottlerocket (EKS Auto, Standard) 2025.1.1"
    elif chance(draw, 10):
        system, image = "windows", "Windows Server 2022 Datacenter"
    labels |= fields(optional(draw, "eks.amazonaws.com/nodegroup", "workers", percent=40))
    info = {"osImage": image, "operatingSystem": system}
    info |= fields(optional(draw, "kubeletVersion", "v1.31.4-eks-aaaa", "v1.33.0", "v1.35.1", percent=80))
    spec = {"providerID": provider} if chance(draw, 80) else {}
    return item("Node", NODES[number], labels=labels, spec=spec, status={"nodeInfo": info})


def account(draw: st.DrawFn, space: str, name: str) -> Json:
    annotations = fields(
        optional(draw, "eks.amazonaws.com/role-arn", f"arn:aws:iam::{HOME}:role/app", percent=30),
        optional(draw, "eks.amazonaws.com/audience", "vault", percent=20),
    )
    rest = fields(optional(draw, "automountServiceAccountToken", True, False, percent=40))
    return item("ServiceAccount", name, space, annotations=annotations, **rest)


def secret(draw: st.DrawFn, space: str, name: str) -> Json:
    if name.endswith("token") and chance(draw, 70):
        owner = {"kubernetes.io/service-account.name": one(draw, *ACCOUNTS)} if chance(draw, 90) else {}
        return item("Secret", name, space, annotations=owner, type=TYPE_OF_TOKENS)
    return item("Secret", name, space, type="Opaque")


def pod(draw: st.DrawFn, number: int) -> Json:
    """A pod as the API server hands it out: with what admission has added."""
    spec = pod_spec(draw)
    if chance(draw, 60):
        _inject(draw, spec)
    spec |= fields(optional(draw, "nodeName", *NODES[:2], *NODES, percent=80))
    rest: Json = (
        {"status": {"phase": one(draw, "Running", "Running", "Pending", "Succeeded")}} if chance(draw, 85) else {}
    )
    owner = {"kind": "Deployment", "name": "web", "controller": True} if chance(draw, 10) else None
    labels = {"app": one(draw, "web", "api")}
    return item("Pod", f"pod-{number}", one(draw, *SPACES), labels=labels, ownerReferences=[owner] if owner else None,
                annotations=profiles(draw), spec=spec, **rest)  # fmt: skip


def profiles(draw: st.DrawFn) -> Json:
    """The annotations that gave containers their AppArmor profiles once."""
    old = "container.apparmor.security.beta.kubernetes.io/" + one(draw, "app", "app", "other")
    return {old: one(draw, "unconfined", "runtime/default", "localhost/web")} if chance(draw, 15) else {}


def _inject(draw: st.DrawFn, spec: Json) -> None:
    """The token volume under the random name that the API server gives it."""
    name = "kube-api-access-" + one(draw, "x7k2p", "9qwzt", "bb4dn")
    token: Json = {"expirationSeconds": 3607, "path": "token"}
    token |= fields(optional(draw, "audience", "https://kubernetes.default.svc", percent=20))
    spec["volumes"].append({"name": name, "projected": {"sources": [{"serviceAccountToken": token}]}})
    for key in ("containers", "initContainers"):
        for container in spec.get(key, ()):
            container["volumeMounts"].append({"name": name, "mountPath": TOKEN_PATH, "readOnly": True})


def pod_spec(draw: st.DrawFn) -> Json:
    """What a template says."""
    volumes = [volume(draw, number) for number in range(draw(st.integers(0, 3)))]
    spec: Json = {"containers": [container(draw, volumes, "app")], "volumes": volumes}
    if chance(draw, 30):
        spec["containers"].append(container(draw, volumes, "helper"))
    if chance(draw, 30):
        rest = fields(optional(draw, "restartPolicy", "Always", percent=60))
        spec["initContainers"] = [container(draw, volumes, "init") | rest]
    if chance(draw, 15):
        spec["ephemeralContainers"] = [container(draw, volumes, "debug")]
    context = fields(
        optional(draw, "runAsUser", 0, 1000, percent=20),
        optional(draw, "runAsNonRoot", True, False, percent=20),
        optional(draw, "runAsGroup", 0, 412, 3000, percent=15),
        optional(draw, "supplementalGroups", [0], [412, 2000], percent=15),
        optional(draw, "appArmorProfile", {"type": "Unconfined"}, {"type": "RuntimeDefault"}, percent=15),
    )
    if context:
        spec["securityContext"] = context
    return spec | fields(
        optional(draw, "serviceAccountName", *ACCOUNTS, percent=70),
        optional(draw, "automountServiceAccountToken", True, False, percent=25),
        optional(draw, "hostPID", True, percent=25),
        optional(draw, "hostNetwork", True, False, percent=25),
        optional(draw, "hostUsers", True, False, percent=15),
        optional(draw, "runtimeClassName", "kata-qemu", "nvidia", percent=10),
        optional(draw, "nodeSelector", {"disk": "ssd"}, {"kubernetes.io/os": "windows"}, percent=15),
        optional(draw, "os", {"name": "linux"}, {"name": "windows"}, percent=5),
        optional(draw, "imagePullSecrets", [{"name": "db"}], percent=10),
    )


def volume(draw: st.DrawFn, number: int) -> Json:
    sources: list[Json] = [
        {"secret": {"secretName": one(draw, *SECRETS)}},
        {"projected": {"sources": [{"secret": {"name": one(draw, *SECRETS)}},
                                   {"serviceAccountToken": {"audience": one(draw, *AUDIENCES), "path": "token"}}]}},
        {"emptyDir": {}},
    ]  # fmt: skip
    host: Json = {"hostPath": {"path": one(draw, *PATHS)} | fields(optional(draw, "type", "Directory", "", percent=20))}
    if chance(draw, 5):
        host = {"hostPath": {"path": one(draw, "/etc/sysctl.conf", "/etc/passwd", "/etc/hosts"), "type": "File"}}
    return {"name": f"v{number}", **one(draw, host, host, host, *sources)}


def container(draw: st.DrawFn, volumes: list[Json], name: str) -> Json:
    mounts = []
    for each in volumes:
        if chance(draw, 75):
            mount = {"name": each["name"], "mountPath": f"/mnt/{each['name']}"}
            mount |= fields(
                optional(draw, "readOnly", True, False, percent=40),
                optional(draw, "subPath", "lib", "kubelet/pods", "share", percent=10),
            )
            if mount.get("readOnly"):
                mount |= fields(optional(draw, "recursiveReadOnly", "Enabled", "IfPossible", "Disabled", percent=30))
            mounts.append(mount)
    found: Json = {"name": name, "image": "example.com/app:1", "volumeMounts": mounts}
    if chance(draw, 20):
        key = {"name": one(draw, *SECRETS), "key": "password"}
        found["env"] = [{"name": "MODE", "value": "x"}, {"name": "PASSWORD", "valueFrom": {"secretKeyRef": key}}]
    if chance(draw, 10):
        found["envFrom"] = [{"secretRef": {"name": one(draw, *SECRETS)}}]
    if chance(draw, 70):
        found["securityContext"] = security(draw)
    return found


def security(draw: st.DrawFn) -> Json:
    context = fields(
        optional(draw, "privileged", True, True, False, percent=30),
        optional(draw, "runAsUser", 0, 1000, percent=20),
        optional(draw, "runAsNonRoot", True, False, percent=15),
        optional(draw, "runAsGroup", 0, 412, 3000, percent=10),
        optional(draw, "allowPrivilegeEscalation", True, False, percent=20),
        optional(draw, "appArmorProfile", {"type": "Unconfined"}, {"type": "RuntimeDefault"}, {"type": "Localhost"},
                 percent=15),
        optional(draw, "seLinuxOptions", {"type": "spc_t"}, {"type": "container_t"}, percent=10),
    )  # fmt: skip
    if chance(draw, 50):
        context["capabilities"] = {"add": few(draw, CAPABILITIES, 3)}
        context["capabilities"] |= fields(
            optional(draw, "drop", ["ALL"], ["SYS_ADMIN"], ["cap_sys_ptrace"], percent=30)
        )
    return context


def controller(draw: st.DrawFn, number: int) -> list[Json]:
    """A controller whose pods are not there, or with the pod that it made."""
    kind, space = one(draw, *KINDS), one(draw, *SPACES)
    name = one(draw, f"job-{number}", f"pod-{number}")
    template: Json = {"metadata": {"labels": {"app": "web"}, "annotations": profiles(draw)}, "spec": pod_spec(draw)}
    if kind != "DaemonSet":
        template["spec"] |= fields(optional(draw, "nodeName", NODES[0], "late.ec2.internal", percent=10))
    spec: Json = {"template": template}
    if kind == "CronJob":
        spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": spec}} | fields(
            optional(draw, "suspend", True, False, percent=20)
        )
    elif kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        spec |= fields(optional(draw, "replicas", 0, 2, 3, percent=40))
    found = [item(kind, name, space, spec=spec)]
    if kind == "Deployment" and chance(draw, 30):
        top, middle = {"kind": kind, "name": name, "controller": True}, {"kind": "ReplicaSet", "name": f"{name}-7f9c"}
        made = pod(draw, 7 + number)
        made["metadata"] |= {"namespace": space, "ownerReferences": [middle | {"controller": True}]}
        found += [item("ReplicaSet", f"{name}-7f9c", space, ownerReferences=[top], spec={"replicas": 2}), made]
    return found
