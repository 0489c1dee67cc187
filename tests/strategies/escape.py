"""What containers share with their node and with one another, and known weaknesses."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

from strategies.rbac import Phrases
from strategies.words import NODES, SPACES, Json, chance, few, fields, item, one, optional

PHRASES: Phrases = ()
CAPABILITIES = ("BPF", "cap_perfmon", "DAC_READ_SEARCH", "NET_RAW", "NET_ADMIN", "SYS_PTRACE", "SYS_ADMIN", "ALL")
PATHS = (
    "/run/dbus/system_bus_socket", "/var/run/systemd/private", "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet/device-plugins/kubelet.sock", "/var/lib/kubelet/plugins/ebs.csi.aws.com",
    "/var/lib/kubelet/plugins_registry", "/var/lib/kubelet/pod-resources", "/etc/kubernetes/manifests", "/etc",
    "/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys", "/", "/proc",
)  # fmt: skip
# Each has several things that matter here, and what is drawn besides takes some of them away.
SHARED: tuple[Json, ...] = (
    {"hostPID": True, "containers": [{"name": "app", "volumeMounts": [{"name": "manifests", "mountPath": "/m"}]}],
     "volumes": [{"name": "manifests", "hostPath": {"path": "/etc/kubernetes/manifests"}}]},
    {"hostNetwork": True, "hostIPC": True,
     "containers": [{"name": "app", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]},
    {"shareProcessNamespace": True, "securityContext": {"windowsOptions": {"hostProcess": True}},
     "containers": [{"name": "app"}, {"name": "helper"}]},
)  # fmt: skip
NEEDS = ("root", "hostNetwork", "unconfined", "NET_RAW", "CAP_SYS_ADMIN", "luck")
KERNEL = {"component": "kernel", "fixed": "30", "os": "Amazon Linux"}
UNUSUAL = ("< 1.7.0", "<= 1.7.0", "containerd-1.7.0", "1.6.26, 1.7.12", "none", "1." + "9" * 5000)
NAMES = ("containerd", "Containerd", "runc", "cri-o", "docker", "gpu-toolkit", "kubelet")
RUNTIMES = tuple({"component": each} for each in NAMES)


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Edit nodes, pods and templates; add pods that share something, and advisories; let it be another's cluster."""
    own = chance(draw, 70)
    if own:
        documents[:] = [each for each in documents if "cluster" not in each]
    documents += [_sharing(draw, number) for number in range(len(SHARED))]
    for each in documents:
        if each.get("kind") == "Node":
            _node(draw, each, own=own)
        elif each.get("kind") == "Pod" and chance(draw, 60):
            _pod(draw, each["spec"])
        elif "template" in (each.get("spec") or {}) and chance(draw, 30):
            _pod(draw, each["spec"]["template"]["spec"])
    documents += [_advisory(draw, "kernel", KERNEL), _advisory(draw, "runtime", one(draw, *RUNTIMES))]


def _sharing(draw: st.DrawFn, number: int) -> Json:
    spec = copy.deepcopy(SHARED[number]) | {"nodeName": one(draw, *NODES[:2])}
    return item("Pod", f"sharing-{number}", one(draw, *SPACES), spec=spec, status={"phase": "Running"})


def _node(draw: st.DrawFn, node: Json, *, own: bool) -> None:
    info = node["status"]["nodeInfo"]
    runtimes = (
        "containerd://1.7.11", "containerd://1.6.8+unknown", "containerd://1.6.20~ds1", "containerd://1.7.0-rc.1",
        f"containerd://1.{'9' * 5000}", "cri-o://1.29.1", "docker://20.10.7",
    )  # fmt: skip
    info |= fields(
        optional(draw, "containerRuntimeVersion", *runtimes, percent=70),
        optional(draw, "kernelVersion", "5.10.205-195.807.amzn2.x86_64", "5.15.0-1050-aws", "6.1.130", percent=70),
        optional(draw, "osImage", "Amazon Linux 2", "Ubuntu 20.04.6 LTS", "", percent=40),
        optional(draw, "operatingSystem", "windows", "", percent=15),
    )
    if own:
        info.pop("kubeletVersion", None)
    if chance(draw, 30):
        node["metadata"].setdefault("labels", {})[f"node-role.kubernetes.io/{one(draw, 'control-plane', 'master')}"] = (
            ""
        )


def _pod(draw: st.DrawFn, spec: Json) -> None:
    spec |= fields(
        optional(draw, "hostPID", True, percent=30),
        optional(draw, "hostIPC", True, False, percent=40),
        optional(draw, "hostNetwork", True, percent=40),
        optional(draw, "shareProcessNamespace", True, False, percent=50),
    )
    shared = spec.setdefault("securityContext", {})
    shared |= fields(
        optional(draw, "runAsUser", 0, 1000, percent=20),
        optional(draw, "windowsOptions", {"hostProcess": True}, {}, percent=30),
        optional(
            draw,
            "seccompProfile",
            {"type": "RuntimeDefault"},
            {"type": "Unconfined"},
            {"type": "Localhost"},
            percent=30,
        ),
    )
    if chance(draw, 50):
        path = {"path": one(draw, *PATHS)}
        spec.setdefault("volumes", []).append({"name": "host", "hostPath": path})
        mount = {"name": "host", "mountPath": "/host"} | fields(
            optional(draw, "readOnly", True, percent=30),
            optional(draw, "recursiveReadOnly", "Enabled", percent=20),
        )
        spec["containers"][0].setdefault("volumeMounts", []).append(mount)
    for each in spec["containers"]:
        _container(draw, each)
    if chance(draw, 30):
        debug = {"name": "debug", "image": "example.com/app:1"}
        spec["ephemeralContainers"] = [debug | fields(optional(draw, "targetContainerName", "app", "gone", percent=80))]
        _container(draw, spec["ephemeralContainers"][0])


def _container(draw: st.DrawFn, container: Json) -> None:
    if chance(draw, 60):
        context = container.setdefault("securityContext", {})
        context |= fields(
            optional(draw, "runAsUser", 0, 1000, percent=30),
            optional(draw, "windowsOptions", {"hostProcess": True}, {"hostProcess": False}, percent=15),
            optional(
                draw,
                "seccompProfile",
                {"type": "RuntimeDefault"},
                {"type": "Unconfined"},
                {"type": "Localhost"},
                percent=15,
            ),
        )
        context["capabilities"] = {"add": few(draw, CAPABILITIES, 3)} | fields(
            optional(draw, "drop", ["ALL"], ["NET_RAW"], ["DAC_OVERRIDE"], percent=40)
        )


def _advisory(draw: st.DrawFn, name: str, stated: Json) -> Json:
    spec = stated | fields(
        optional(draw, "introduced", "1.7.0", "5.10", "5.15.0-1000", ">= 1.6.20", "none", percent=40),
        optional(draw, "fixed", "1.7.12", "1.7.9", "5.10.210", "5.10.205-195.900", *UNUSUAL, percent=60),
        optional(draw, "os", "Amazon Linux 2", "Ubuntu", percent=40),
        optional(draw, "needs", ["root"], ["unconfined"], few(draw, NEEDS, 2), percent=50),
    )
    return item("Advisory", f"cve-2099-{name}", spec=spec)
