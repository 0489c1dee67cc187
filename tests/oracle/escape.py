"""Catalogue, section 2, and what of sections 3, 6 and 9 a container reaches of its node and of its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle.containers import effective, exposed, mounts
from oracle.world import Json, Pod, World

# capabilities(7), as of Linux 5.9.
EVERY = {
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT",
    "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
}  # fmt: skip
CONTAINERD = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
RUNTIMES = ("containerd", "cri-o", "docker")
BLIND = ("runc", "gpu-toolkit")

Pairs = Iterator[tuple[str, str, str]]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    eks = _is_eks(world)
    for pod in world.pods:
        yield from _siblings(pod)
        for node in pod.nodes:
            if world.compute(node) == "fargate":
                continue
            for container in pod.containers:
                for step, target in _to_the_node(world, pod, container, node, eks=eks):
                    yield step, pod.ref, target
            for peer in world.pods:
                if peer is not pod and node in peer.nodes and _reads_peer(world, pod, peer, node):
                    yield "HOSTPID_PEER_PROC", pod.ref, peer.ref


def _is_eks(world: World) -> bool:
    """Whether anything says that AWS runs the control plane."""
    versions = [world.info(node).get("kubeletVersion") or "" for node in world.nodes]
    return any(True for _ in world.said("cluster")) or any("-eks-" in version for version in versions)


# What a container is, and what it may do.


def _security(container: Json) -> Json:
    return container.get("securityContext") or {}


def _is_privileged(container: Json) -> bool:
    return _security(container).get("privileged") is True


def _maybe_root(pod: Pod, container: Json) -> bool:
    """S2: user 0, or a user that only the image knows."""
    user = effective(pod, container, "runAsUser")
    return user in (None, 0) and effective(pod, container, "runAsNonRoot") is not True


def _gets_powers(pod: Pod, container: Json) -> bool:
    """S2: whether root's capabilities can be had: as root, or by a setuid program that nothing forbids."""
    if _maybe_root(pod, container) or _is_privileged(container):
        return True
    return _security(container).get("allowPrivilegeEscalation") is not False


def _powers(container: Json, runtime: str = "") -> set[str]:
    """S3, with the smaller default of CRI-O."""
    if _is_privileged(container):
        return EVERY
    lists = _security(container).get("capabilities") or {}
    add, drop = ({name.upper().removeprefix("CAP_") for name in lists.get(key) or ()} for key in ("add", "drop"))
    start = CONTAINERD - {"MKNOD", "NET_RAW"} if runtime.startswith("cri-o://") else CONTAINERD
    if "ALL" in add:
        start = EVERY
    if "ALL" in drop:
        start = set()
    return ((start | add) - drop) & EVERY


def _sandboxed(pod: Pod) -> bool:
    runtime_class = (pod.spec.get("runtimeClassName") or "").lower()
    return any(word in runtime_class for word in ("kata", "gvisor", "runsc", "firecracker"))


def _on_windows(world: World, pod: Pod, node: str) -> bool:
    return "windows" in (world.info(node).get("operatingSystem"), *_said_systems(pod))


def _said_systems(pod: Pod) -> tuple[str | None, str | None]:
    return (pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os")


def _lsm_lets(pod: Pod, container: Json, image: str) -> bool:
    """S4: mounting and tracing are open, or nobody knows."""
    if image.startswith("Amazon Linux"):
        return True
    if "Bottlerocket" in image:
        own, shared = _security(container), pod.spec.get("securityContext") or {}
        kind = (own.get("seLinuxOptions") or {}).get("type") or (shared.get("seLinuxOptions") or {}).get("type")
        return _is_privileged(container) or kind not in (None, "container_t")
    if "Ubuntu" in image:
        own, shared = _security(container), pod.spec.get("securityContext") or {}
        kind = (own.get("appArmorProfile") or {}).get("type") or (shared.get("appArmorProfile") or {}).get("type")
        return kind in ("Unconfined", "Localhost") or (kind is None and _is_privileged(container))
    return True


def _maybe_cgroup_v1(image: str) -> bool:
    name, _, rest = image.rpartition(" ") if image.startswith("Amazon") else image.partition(" ")
    if image.startswith("Amazon Linux 2023") or "Bottlerocket" in image:
        return False
    if name == "Ubuntu":
        return int(rest.split(".")[0]) < 22
    return True


# From a container to its node.


def _to_the_node(world: World, pod: Pod, container: Json, node: str, *, eks: bool) -> Iterator[tuple[str, str]]:
    info = world.info(node)
    if _is_host_process(pod, container):
        system = info.get("operatingSystem")
        said = [each for each in _said_systems(pod) if each]
        if system == "windows" or (not system and (not said or said[0] == "windows")):
            yield "CE_WIN_HOSTPROCESS", f"node/{node}"
    if _on_windows(world, pod, node):
        return
    for step, place in _by_kernel(pod, container, info):
        yield step, f"{place}/{node}"
    for step in _by_mounts(pod, container, info.get("osImage") or "", eks=eks):
        yield step, f"node/{node}"
    if pod.spec.get("hostNetwork"):
        yield "LOCAL_NODE_SERVICE", f"localhost/{node}"
    for _, _, advisory in world.all("Advisory"):
        stated = advisory["spec"]
        if not _sandboxed(pod) and is_open(stated, info) and _meets(stated, pod, container, info):
            step = "CE_KERNEL_CVE" if stated["component"].lower() == "kernel" else "CE_RUNTIME_CVE"
            yield step, f"node/{node}"


def _is_host_process(pod: Pod, container: Json) -> bool:
    own = (_security(container).get("windowsOptions") or {}).get("hostProcess")
    shared = ((pod.spec.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    return bool(shared if own is None else own)


def _by_kernel(pod: Pod, container: Json, info: Json) -> Iterator[tuple[str, str]]:
    if _sandboxed(pod):
        return
    if pod.spec.get("hostIPC"):
        yield "HOST_IPC_TAMPER", "ipc"
    if pod.spec.get("hostUsers") is False or not _gets_powers(pod, container):
        return
    powers = _powers(container, info.get("containerRuntimeVersion") or "")
    image = info.get("osImage") or ""
    if "SYS_ADMIN" in powers and _maybe_cgroup_v1(image) and _lsm_lets(pod, container, image):
        yield "CE_CGROUP_RELEASE_AGENT", "node"
    if "DAC_READ_SEARCH" in powers:
        yield "CE_DAC_READ_SEARCH", "disk"
        if "DAC_OVERRIDE" in powers:
            yield "CE_DAC_READ_SEARCH", "node"
    if "SYS_ADMIN" in powers or {"BPF", "PERFMON"} <= powers:
        yield "CE_BPF_TRACE", "node"
    if pod.spec.get("hostNetwork") and "NET_ADMIN" in powers:
        yield "CE_HOST_NET_ADMIN", "traffic/node"
    if pod.spec.get("hostNetwork") and "NET_RAW" in powers:
        yield "HOST_NET_SNIFF", "traffic/node"


def _by_mounts(pod: Pod, container: Json, image: str, *, eks: bool) -> Iterator[str]:
    if not _maybe_root(pod, container):
        return
    for path, _, mount in mounts(pod, container):
        writable = mount.get("readOnly") is not True
        deep = writable or mount.get("recursiveReadOnly") != "Enabled"
        hierarchies = (deep and path in ("/", "/sys", "/sys/fs", "/sys/fs/cgroup")) or (
            writable and path.startswith("/sys/fs/cgroup/")
        )
        if hierarchies and pod.spec.get("hostUsers") is not False and _maybe_cgroup_v1(image):
            yield "CE_CGROUP_RELEASE_AGENT"
        if _commands(path, writable=writable):
            yield "HOST_CONTROL_SOCK"
        ways = ("/", "/etc", "/etc/kubernetes", "/etc/kubernetes/manifests")
        if writable and not eks and (path in ways or path.startswith("/etc/kubernetes/manifests/")):
            yield "STATIC_POD_INJECT"


def _commands(path: str, *, writable: bool) -> bool:
    kubelet = "/var/lib/kubelet"
    if path in ("/", "/var", "/var/lib", kubelet, f"{kubelet}/plugins") or path.startswith(f"{kubelet}/plugins/"):
        return True
    if path in ("/run", "/run/systemd", "/run/systemd/private", "/run/dbus", "/run/dbus/system_bus_socket"):
        return True
    if path == f"{kubelet}/device-plugins/kubelet.sock":
        return True
    registry = f"{kubelet}/plugins_registry"
    return writable and (path in (f"{kubelet}/device-plugins", registry) or path.startswith(registry + "/"))


# Advisories.


def is_open(stated: Json, info: Json) -> bool:
    """Whether a node may have a version that an advisory speaks of."""
    component, image = stated["component"].lower(), info.get("osImage") or ""
    if component not in (*RUNTIMES, *BLIND, "kernel"):
        return False
    if stated.get("os"):
        if image and not image.startswith(stated["os"]):
            return False
    elif component == "kernel":
        return False
    if component in BLIND:
        return True
    reported = info.get("kernelVersion" if component == "kernel" else "containerRuntimeVersion")
    if not reported:
        return True
    if component != "kernel":
        runtime, _, reported = reported.partition("://")
        if runtime != component:
            return False
    there = _version(reported)
    if there is None:
        return True
    since = _version(stated.get("introduced") or "", "=", ">=")
    until = _version(stated.get("fixed") or "", "=", ">=", "<")
    return (since is None or there >= since) and (until is None or there < until)


def _version(text: str, *signs: str) -> list[int] | None:
    """Numbers in their order, the tenth below nought for an early build; nothing of what cannot be read."""
    for product in ("containerd", "cri-o", "kernel") if signs else ():
        text = text.removeprefix(product).lstrip(" -")
    sign = re.match("[<>=]*", text)
    if sign and sign[0] and sign[0] not in signs:
        return None
    text = text.lstrip("<>= ").removeprefix("v")
    if not text[:1].isdigit() or " " in text:
        return None
    found = []
    for separator, piece in re.findall("([.+-]|^)([^.+-]*)", text):
        digits = re.split("[^0-9]", piece)[0]
        if len(digits) > 9 and separator in (".", ""):
            return None
        after = piece[len(digits) :]
        if not digits or len(digits) > 9 or (separator in ("+", "-") and after[:1].isalpha()):
            break
        found.append(int(digits))
        if after:
            break
    early = re.search("(alpha|beta|rc)[.]?([0-9]*)", text)
    return found + [0] * (9 - len(found)) + ([-1, len(early[1]), int(early[2])] if early else [0])


def _meets(stated: Json, pod: Pod, container: Json, info: Json) -> bool:
    for need in stated.get("needs") or ():
        name = need.upper().removeprefix("CAP_")
        if need == "root":
            met = _maybe_root(pod, container)
        elif need == "hostNetwork":
            met = bool(pod.spec.get("hostNetwork"))
        elif need == "unconfined":
            own = (_security(container).get("seccompProfile") or {}).get("type")
            shared = ((pod.spec.get("securityContext") or {}).get("seccompProfile") or {}).get("type")
            met = _is_privileged(container) or (own or shared) != "RuntimeDefault"
            met = met or bool(_powers(container) - CONTAINERD)
        elif name in EVERY:
            powers = _powers(container, info.get("containerRuntimeVersion") or "")
            met = name in powers and _gets_powers(pod, container)
        else:
            met = True
        if not met:
            return False
    return True


# Neighbours.


def _reads_peer(world: World, pod: Pod, peer: Pod, node: str) -> bool:
    if _on_windows(world, pod, node) or "windows" in _said_systems(peer):
        return False
    if any(_sandboxed(each) or each.spec.get("hostUsers") is False for each in (pod, peer)):
        return False
    image = world.info(node).get("osImage") or ""
    for container in pod.containers:
        paths = [path for path, _, _ in mounts(pod, container)]
        sees = pod.spec.get("hostPID") or exposed("/") in paths or "/proc" in paths
        if not sees or not _maybe_root(pod, container) or not _lsm_lets(pod, container, image):
            continue
        powers = _powers(container)
        for other in peer.containers:
            if _maybe_root(peer, other) and ("SYS_PTRACE" in powers or not _powers(other) - powers):
                return True
    return False


def _siblings(pod: Pod) -> Pairs:
    """The containers of a pod that sees its own processes, and which get at which."""
    every = list(pod.containers)
    pairs = []
    for one in every:
        for other in every:
            targeted = one.get("targetContainerName") == other["name"]
            if one is not other and (pod.spec.get("shareProcessNamespace") or targeted):
                pairs.append((one, other))
    for container in every if pairs else ():
        yield "CONTAINER_ATTACH", pod.ref, _ref(pod, container)
    for one, other in pairs:
        if _gets_at(pod, one, other):
            yield "SHARE_PS_NAMESPACE", _ref(pod, one), _ref(pod, other)


def _ref(pod: Pod, container: Json) -> str:
    return f"container/{pod.namespace}/{pod.name}/{container['name']}"


def _gets_at(pod: Pod, one: Json, other: Json) -> bool:
    if "SYS_PTRACE" in _powers(one) and _gets_powers(pod, one):
        return True
    user, another = (effective(pod, each, "runAsUser") for each in (one, other))
    if 0 not in (user, another) and (user == another or user is None or another is None):
        return True
    if not _maybe_root(pod, one):
        return False
    if _maybe_root(pod, other) and _powers(other) <= _powers(one):
        return True
    is_root = another == 0 and effective(pod, other, "runAsNonRoot") is not True
    return "SETUID" in _powers(one) and not is_root
