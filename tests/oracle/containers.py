"""Catalogue, sections 2 and 3: from a container to its node."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.world import Json, Pod, World

DEFAULT = set(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
MORE = set(
    ["SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "BPF", "PERFMON", "DAC_READ_SEARCH", "SYS_BOOT", "SYS_TIME"]
)

Pairs = Iterator[tuple[str, str, str]]


def steps(world: World) -> Pairs:
    """Step, source and target of everything that leads from a container to its node."""
    for pod in world.pods:
        for container in pod.containers:
            for node in pod.nodes:
                if not _is_linux(world, pod, node) or world.compute(node) == "fargate":
                    continue
                for step in (*_by_kernel(world, pod, container, node), *_by_path(pod, container)):
                    yield step, pod.ref, f"node/{node}"


def _is_linux(world: World, pod: Pod, node: str) -> bool:
    return "windows" not in (
        world.info(node).get("operatingSystem"),
        (pod.spec.get("os") or {}).get("name"),
        (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os"),
    )


def _own(container: Json) -> Json:
    return container.get("securityContext") or {}


def effective(pod: Pod, container: Json, key: str) -> object:
    """S1: a container's value wins over its pod's."""
    own = _own(container).get(key)
    return own if own is not None else (pod.spec.get("securityContext") or {}).get(key)


def is_root(pod: Pod, container: Json) -> bool:
    """S2: unknown is root."""
    return not effective(pod, container, "runAsUser") and not effective(pod, container, "runAsNonRoot")


def capabilities(container: Json) -> set[str]:
    """S3."""
    lists = _own(container).get("capabilities") or {}
    add = {name.upper().removeprefix("CAP_") for name in lists.get("add") or ()}
    drop = {name.upper().removeprefix("CAP_") for name in lists.get("drop") or ()}
    held = DEFAULT | MORE if "ALL" in add else set(DEFAULT)
    if "ALL" in drop:
        held = set()
    return (held | add) - drop


def _by_kernel(world: World, pod: Pod, container: Json, node: str) -> Iterator[str]:
    """The escapes that abuse privileges against the node's kernel."""
    privileged = bool(_own(container).get("privileged"))
    if pod.spec.get("hostUsers") is False or _is_sandboxed(pod):
        return
    # S2: a capability that root alone would have can be had with the help of a setuid program.
    helped = privileged or _own(container).get("allowPrivilegeEscalation") is not False
    if not is_root(pod, container) and not helped:
        return
    held = capabilities(container)
    image = world.info(node).get("osImage", "")
    free = _is_unconfined(pod, container, image)
    sees_host = bool(pod.spec.get("hostPID"))
    if privileged:
        yield "CE_PRIV_MOUNT"
    if sees_host and (privileged or ({"SYS_ADMIN", "SYS_PTRACE"} <= held and free)):
        yield "CE_NSENTER"
    if (privileged or "SYS_MODULE" in held) and "Bottlerocket" not in image:
        yield "CE_MODULE_LOAD"
    if sees_host and (privileged or "SYS_PTRACE" in held) and free:
        yield "CE_SYS_PTRACE"
    if (privileged or "SYS_ADMIN" in held) and free:
        yield "CE_SYS_ADMIN_REMOUNT"


def _is_sandboxed(pod: Pod) -> bool:
    name = (pod.spec.get("runtimeClassName") or "").lower()
    return any(each in name for each in ("kata", "gvisor", "runsc", "firecracker"))


def _is_unconfined(pod: Pod, container: Json, image: str) -> bool:
    """S4: whether no security module is in the way, or perhaps none."""
    privileged = bool(_own(container).get("privileged"))
    if "Bottlerocket" in image:
        label = (_own(container).get("seLinuxOptions") or {}).get("type")
        label = label or ((pod.spec.get("securityContext") or {}).get("seLinuxOptions") or {}).get("type")
        return privileged or label not in (None, "container_t")
    if "Ubuntu" in image:
        profile = (_own(container).get("appArmorProfile") or {}).get("type")
        profile = profile or ((pod.spec.get("securityContext") or {}).get("appArmorProfile") or {}).get("type")
        return profile in ("Unconfined", "Localhost") or (profile is None and privileged)
    return True


# What makes a host path dangerous to write: files the host's root runs or obeys.
OBEYED = [
    "/etc",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/root",
    "/home",
    "/boot",
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/spool/cron",
    "/run",
]
HARMLESS = [
    "/var/lib/kubelet/pod-resources",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/localtime",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/ssl/certs",
    "/usr/share",
    "/dev/null",
    "/dev/shm",
]
SOCKETS = [
    "/run/containerd/containerd.sock",
    "/run/docker.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/podman/podman.sock",
    "/run/k3s/containerd/containerd.sock",
]
LAYERS = ["/var/lib/containerd", "/var/lib/docker", "/run/containerd/io.containerd.runtime.v2.task"]
CREDENTIALS = [*["/root/.ssh", "/etc/shadow", "/etc/kubernetes", "/var/lib/cloud", "/var/lib/kubelet/pki"], *LAYERS]
PODS = "/var/lib/kubelet/pods"
CORE_PATTERN = "/proc/sys/kernel/core_pattern"


def exposed(source: str, below: str = "") -> str:
    """S6: a host path in one spelling."""
    parts: list[str] = []
    for part in f"{source}/{below}".split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    if parts[:2] == ["var", "run"]:
        parts = parts[1:]
    return "/" + "/".join(parts)


def above(path: str, other: str) -> bool:
    """Whether a path is another or an ancestor of it."""
    return path in ("/", other) or other.startswith(path + "/")


def near(path: str, other: str) -> bool:
    return above(path, other) or above(other, path)


def mounts(pod: Pod, container: Json) -> Iterator[tuple[str, str, Json]]:
    """Each host path a container sees, the type it was declared with, and the mount."""
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes") or ()}
    for mount in container.get("volumeMounts") or ():
        source = (volumes.get(mount["name"]) or {}).get("hostPath")
        if source:
            below = mount.get("subPath") or ""
            yield exposed(source["path"], below), "" if below else source.get("type") or "", mount


def _by_path(pod: Pod, container: Json) -> Iterator[str]:
    """The escapes that need a path of the host."""
    root = is_root(pod, container)
    own_users = pod.spec.get("hostUsers") is False
    for path, _, mount in mounts(pod, container):
        writable = not mount.get("readOnly")
        # Read-only does not hold for what is mounted beneath, unless it is so recursively.
        beneath = writable or mount.get("recursiveReadOnly") != "Enabled"
        if root and not own_users and above(path, CORE_PATTERN) and (writable or (path == "/" and beneath)):
            yield "CE_UMH_CORE_PATTERN"
        if root and _leads_to_root(pod, container, path, writable=writable, beneath=beneath):
            yield "EXPLOIT_HOST_WRITE"
        known = any(near(path, each) for each in (*CREDENTIALS, PODS))
        if root and (known or any(above(path, each) for each in ("/home", "/var/lib/kubelet", "/proc")) or _keys(path)):
            yield "EXPLOIT_HOST_READ"
        sockets = [each for each in SOCKETS if above(path, each)]
        if sockets and (root or _in_group(pod, container, docker="/run/docker.sock" in sockets)):
            yield "EXPLOIT_CONTAINERD_SOCK"


def _keys(path: str) -> bool:
    parts = path.split("/")[1:]
    return parts[0] == "home" and (len(parts) == 2 or parts[2:3] == [".ssh"])


def _leads_to_root(pod: Pod, container: Json, path: str, *, writable: bool, beneath: bool) -> bool:
    if (
        path in SOCKETS
        or any(above(each, path) for each in HARMLESS)
        or (path.startswith("/run/") and path.endswith(".lock"))
    ):
        return False
    dangerous = any(near(path, each) for each in OBEYED)
    dangerous = dangerous or (pod.spec.get("hostUsers") is not False and (near(path, "/proc") or near(path, "/sys")))
    dangerous = dangerous or (bool(_own(container).get("privileged")) and near(path, "/dev"))
    if writable or not dangerous:
        return dangerous
    # Of read-only mounts, these hold file systems of their own: `/run` and procfs, or perhaps the kubelet's disk.
    return beneath and path in ("/", "/var", "/var/lib")


def _in_group(pod: Pod, container: Json, *, docker: bool) -> bool:
    """Whether a container that is not root opens a socket by its group, which for Docker may be any of the system's."""
    group = effective(pod, container, "runAsGroup")
    groups = [group, *((pod.spec.get("securityContext") or {}).get("supplementalGroups") or ())]
    limit = 1000 if docker else 1
    return any(each is None or (isinstance(each, int) and each < limit) for each in groups)
