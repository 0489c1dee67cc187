"""Which paths of a host matter, and what for."""

from __future__ import annotations

import re
from collections.abc import Iterable

KUBELET_PODS = "/var/lib/kubelet/pods"
LOGS = "/var/log"
CORE_PATTERN = "/proc/sys/kernel/core_pattern"
CGROUPS = "/sys/fs/cgroup"
STATIC_PODS = "/etc/kubernetes/manifests"
# Where other services of the host that act as root listen.
CONTROL_SOCKETS = ("/run/systemd/private", "/run/dbus/system_bus_socket")
DEVICE_PLUGINS = "/var/lib/kubelet/device-plugins"
PLUGINS = "/var/lib/kubelet/plugins"
PLUGINS_REGISTRY = "/var/lib/kubelet/plugins_registry"
ROOT_SOCKETS = (
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/podman/podman.sock",
    "/run/k3s/containerd/containerd.sock",
)
# Its group has a number of the host's choosing.
DOCKER_SOCKET = "/run/docker.sock"

# Class A of EXPLOIT_HOST_WRITE. `/`, `/var`, `/var/lib` and `/var/spool` count as their ancestors.
FILES = (
    "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/root", "/home", "/boot",
    "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/docker", "/var/spool/cron", "/run",
)  # fmt: skip
KERNEL = ("/proc", "/sys")
DEVICES = ("/dev",)

# File systems of their own that a read-only mount of what is above them leaves writable: always, or perhaps.
SUBMOUNTS = ("/proc", "/sys", "/run", "/dev", KUBELET_PODS)
PARTITIONS = (
    "/boot", "/home", "/opt", "/usr", "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/docker",
)  # fmt: skip

# Below these areas only these names, or their beginnings, are known to be run or obeyed by the host's root.
_OBEYED = {
    "/etc": (
        "bash", "cni", "containerd", "cron", "crio", "docker", "dracut", "eks", "environment", "group", "init",
        "kubernetes", "ld.so", "logrotate", "modprobe", "modules", "NetworkManager", "nsswitch.conf", "pam.d", "passwd",
        "profile", "rc", "security", "shadow", "ssh", "sudo", "systemd", "udev", "update-motd", "yum",
    ),
    "/opt": ("cni",),
    "/run": ("containerd", "crio", "docker", "k3s", "systemd", "udev", "user"),
    "/proc": ("1", "sys/kernel/core_pattern", "sys/kernel/modprobe"),
    "/sys": ("kernel/uevent_helper",),
}  # fmt: skip

_HARMLESS = (
    "/etc/hostname", "/etc/hosts", "/etc/localtime", "/etc/machine-id", "/etc/os-release", "/etc/pki/ca-trust",
    "/etc/pki/tls/certs", "/etc/resolv.conf", "/etc/ssl/certs", "/etc/timezone", "/usr/share",
    "/usr/lib/os-release", "/usr/local/share/ca-certificates", "/var/lib/kubelet/pod-resources",
    "/run/systemd/journal/socket", "/run/systemd/journal/dev-log", "/dev/log", "/dev/null", "/dev/shm",
)  # fmt: skip
_INFORMATIVE = re.compile(r"/run/.*(\.lock|metrics[^/]*\.sock(et)?)")

_CREDENTIALS = (
    "/root/.ssh", "/etc/shadow", "/etc/kubernetes", "/var/lib/cloud", "/var/lib/kubelet/pki", KUBELET_PODS,
    "/var/lib/containerd", "/var/lib/docker", "/run/containerd/io.containerd.runtime.v2.task",
)  # fmt: skip
_COVERED_CREDENTIALS = ("/home", "/var/lib/kubelet", "/proc")
_INNER_CREDENTIALS = re.compile(r"/home/[^/]+(/\.ssh(/.*)?)?|/proc/(\d+|self|kcore|task)(/.*)?")


def normalised(path: str) -> str:
    """A path of the host without `.`, `..`, doubled or trailing slashes, and with `/run` for `/var/run`."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    if parts[:2] == ["var", "run"]:
        del parts[0]
    return "/" + "/".join(parts)


def covers(path: str, target: str) -> bool:
    """Whether a normalised path is another one or lies above it."""
    return path in ("/", target) or target.startswith(path + "/")


def inside(path: str, area: str) -> bool:
    """Whether a normalised path is another one or lies below it."""
    return covers(area, path)


def touches(path: str, areas: Iterable[str]) -> bool:
    """Whether a path lies above, in or below one of some areas."""
    return any(covers(path, area) or inside(path, area) for area in areas)


def is_socket(path: str, kind: str | None) -> bool:
    """Whether a path names a Unix socket, by its declared kind or its name."""
    return kind == "Socket" or path.endswith((".sock", ".socket", "_socket"))


def is_runtime_socket(path: str) -> bool:
    """Whether a path is the container runtime's own socket."""
    return path == DOCKER_SOCKET or path in ROOT_SOCKETS


def is_harmless(path: str) -> bool:
    """Whether nothing at a path is ever run or obeyed: time zones, certificates, locks, sockets that only tell."""
    return any(inside(path, each) for each in _HARMLESS) or _INFORMATIVE.fullmatch(path) is not None


def is_obeyed(path: str) -> bool:
    """Whether the host is known to run or obey what lies at a path."""
    return not is_socket(path, None) and _obeyed(path)


def holds_credentials(path: str) -> bool:
    """Whether a path covers, or lies in, what EXPLOIT_HOST_READ looks for."""
    return (
        touches(path, _CREDENTIALS)
        or any(covers(path, each) for each in _COVERED_CREDENTIALS)
        or _INNER_CREDENTIALS.fullmatch(path) is not None
    )


def _obeyed(path: str) -> bool:
    for area, names in _OBEYED.items():
        if inside(path, area):
            below = path.removeprefix(area).lstrip("/")
            return not below or any(below.startswith(name) or covers(below, name) for name in names)
    return True
