"""What a mounted path of the host is worth, with the traps of the catalogue."""

from __future__ import annotations

import pytest
from workload_specs import AL2023, BOTTLEROCKET, Raw, confidences, first, pod, words

from kpath.evidence import SOURCE, Fact
from kpath.semantics.workload import (
    ce_umh_core_pattern,
    exploit_containerd_sock,
    exploit_host_read,
    exploit_host_traverse,
    exploit_host_write,
    exposes_for_write,
    host_mounts,
)
from kpath.verdict import Allowed

ROOT: Raw = {"runAsUser": 0}
RO: Raw = {"readOnly": True}
RRO: Raw = {"readOnly": True, "recursiveReadOnly": "Enabled"}
IF_POSSIBLE: Raw = {"readOnly": True, "recursiveReadOnly": "IfPossible"}


def mounting(path: str, mode: Raw | None = None, security: Raw = ROOT, **rest: object) -> Raw:
    return pod(security, paths=[path], mounts=[mode or {}], **rest)


def test_a_read_only_root_leaves_what_reference_chain_five_says() -> None:
    here = first(mounting("/", RO))

    (write,) = exploit_host_write(*here, AL2023)
    assert isinstance(write, Allowed)
    assert Fact(SOURCE, "/spec/containers/0/volumeMounts/0/recursiveReadOnly", None) in write.because
    assert words(exploit_host_traverse(*here, AL2023)) == ["allowed"]
    assert words(exploit_containerd_sock(*here, AL2023)) == ["allowed"]
    assert words(ce_umh_core_pattern(*here, AL2023)) == ["allowed"]


def test_a_recursively_read_only_root_can_only_be_read() -> None:
    here = first(mounting("/", RRO))

    assert words(exploit_host_write(*here, AL2023)) == words(ce_umh_core_pattern(*here, AL2023)) == []
    assert words(exploit_host_read(*here, AL2023)) == ["undecided"]
    assert words(exploit_host_traverse(*here, AL2023)) == ["allowed"]
    assert words(exploit_containerd_sock(*here, AL2023)) == ["allowed"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(mounting("/proc"), ["allowed"], id="procfs"),
        pytest.param(mounting("/proc/sys/kernel/"), ["allowed"], id="part of it"),
        pytest.param(mounting("/proc/sys/kernel/core_pattern"), ["allowed"], id="the file itself"),
        pytest.param(mounting("/proc/sys/net"), [], id="another part"),
        pytest.param(mounting("/proc", RO), [], id="procfs itself read-only"),
        pytest.param(mounting("/", RO), ["allowed"], id="the root read-only"),
        pytest.param(mounting("/", IF_POSSIBLE), ["undecided"], id="read-only recursively, if the node can"),
        pytest.param(mounting("/", RRO), [], id="read-only recursively"),
        pytest.param(mounting("/", security={}), ["undecided"], id="no user given"),
        pytest.param(mounting("/", security={"runAsUser": 1000}), [], id="not root"),
        pytest.param(mounting("/", security={"runAsNonRoot": True}), [], id="refused as root"),
        pytest.param(mounting("/", hostUsers=False), [], id="a user namespace"),
        pytest.param(pod({"runAsUser": 0, "procMount": "Unmasked"}, hostUsers=False), [], id="an unmasked procfs"),
    ],
)
def test_core_pattern_is_written_through_a_writable_procfs(raw: Raw, expected: list[str]) -> None:
    assert expected == words(ce_umh_core_pattern(*first(raw), AL2023))


@pytest.mark.parametrize(
    "path",
    [
        "/", "/etc", "/etc/cron.d", "/etc/cni/net.d", "/etc/kubernetes/manifests", "/usr", "/usr/bin", "/lib/modules",
        "/opt", "/opt/cni/bin", "/root", "/home/ec2-user", "/boot", "/var", "/var/lib", "/var/lib/kubelet",
        "/var/lib/kubelet/device-plugins", "/var/lib/containerd", "/var/lib/docker/overlay2", "/var/spool/cron", "/run",
        "/var/run", "/run/systemd/system", "/proc", "/proc/sys", "/sys", "/etc//", "/etc/../usr", "/./run/../etc",
    ],
)  # fmt: skip
def test_writing_what_the_host_obeys_is_code_on_the_host(path: str) -> None:
    assert words(exploit_host_write(*first(mounting(path)), AL2023)) == ["allowed"]


@pytest.mark.parametrize(
    "path", ["/var/log", "/var/log/pods", "/tmp", "/mnt/data", "/data", "/var/lib/vendor", "/run/xtables.lock",
             "/etc/localtime", "/etc/machine-id", "/etc/ssl/certs", "/usr/share/ca-certificates",
             "/var/lib/kubelet/pod-resources", "/run/nvidia/metrics.sock", "/dev", "/dev/fuse", "/etcetera"],
)  # fmt: skip
def test_class_b_and_what_nobody_runs_are_harmless(path: str) -> None:
    assert words(exploit_host_write(*first(mounting(path)), AL2023)) == []


@pytest.mark.parametrize(
    "path", ["/run/vendor", "/var/run/vendor/agent.sock", "/opt/vendor", "/etc/vendor", "/sys/fs/bpf"]
)
def test_what_the_host_may_obey_is_reported_with_little_certainty(path: str) -> None:
    (verdict,) = exploit_host_write(*first(mounting(path)), AL2023)

    assert confidences(verdict) == ["low"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(mounting("/etc", RO), [], id="read-only"),
        pytest.param(mounting("/run", RO), [], id="a submount itself read-only"),
        pytest.param(mounting("/var/lib", RO), ["undecided"], id="perhaps a disk of its own below"),
        pytest.param(mounting("/var/lib", RRO), [], id="or not, if recursively"),
        pytest.param(mounting("/etc", security={"runAsUser": 7}), [], id="not root"),
        pytest.param(mounting("/etc", hostUsers=False), ["allowed"], id="a user namespace does not break it"),
        pytest.param(mounting("/sys", hostUsers=False), [], id="but it does in the kernel's own files"),
        pytest.param(mounting("/dev", security={"runAsUser": 0, "privileged": True}), ["allowed"], id="devices"),
        pytest.param(mounting("/", {"subPath": "var/log"}), [], id="a harmless part"),
        pytest.param(mounting("/var/log", {"subPath": "../lib/kubelet"}), ["allowed"], id="a harmful part"),
        pytest.param(mounting("/var/log", {"subPathExpr": "$(POD_NAME)"}), [], id="a variable part"),
        pytest.param(mounting("/etc", {"subPathExpr": "cron.d/$(POD_NAME)"}), ["undecided"], id="of what is obeyed"),
    ],
)
def test_writing_depends_on_the_mode_the_user_and_the_part(raw: Raw, expected: list[str]) -> None:
    assert expected == words(exploit_host_write(*first(raw), AL2023))


def test_an_ordinary_container_on_bottlerocket_writes_to_its_host_with_little_certainty() -> None:
    (confined,) = exploit_host_write(*first(mounting("/etc")), BOTTLEROCKET)
    (free,) = exploit_host_write(*first(mounting("/etc", security={"runAsUser": 0, "privileged": True})), BOTTLEROCKET)

    assert confidences(confined) == ["low"]
    assert words([free]) == ["allowed"]


@pytest.mark.parametrize("kind", ["File", "FileOrCreate", "Directory", None])
def test_what_the_host_is_not_known_to_obey_is_undecided_file_or_folder(kind: str | None) -> None:
    raw = mounting("/etc/vendor") | {"volumes": [{"name": "v0", "hostPath": {"path": "/etc/vendor", "type": kind}}]}
    obeyed = mounting("/") | {"volumes": [{"name": "v0", "hostPath": {"path": "/etc/crontab", "type": kind}}]}

    assert words(exploit_host_write(*first(raw), AL2023)) == ["undecided"]
    assert words(exploit_host_write(*first(obeyed), AL2023)) == ["allowed"]


def test_a_volume_counts_only_for_containers_that_mount_it() -> None:
    raw = pod(ROOT) | {"volumes": [{"name": "v0", "hostPath": {"path": "/"}}]}

    assert host_mounts(*first(raw)) == ()


def test_two_mounts_are_two_witnesses() -> None:
    assert words(exploit_host_write(*first(pod(ROOT, paths=["/etc", "/usr"])), AL2023)) == ["allowed"] * 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True), ("/root/.ssh", True), ("/root", True), ("/home", True), ("/home/ec2-user", True),
        ("/home/ec2-user/.ssh", True), ("/home/ec2-user/app", False), ("/etc", True), ("/etc/shadow", True),
        ("/etc/kubernetes/pki", True), ("/etc/localtime", False), ("/var/lib/kubelet", True), ("/var/lib/cloud", True),
        ("/var/lib/kubelet/device-plugins", False), ("/proc", True), ("/proc/1", True), ("/proc/meminfo", False),
        ("/var/lib/docker/containers", True), ("/var/log", False), ("/sys", False),
    ],
)  # fmt: skip
def test_reading_the_hosts_credentials_needs_no_write(path: str, expected: bool) -> None:
    for mode in (RO, RRO):
        assert expected == bool(words(exploit_host_read(*first(mounting(path, mode)), AL2023)))
    assert words(exploit_host_read(*first(mounting(path, security={"runAsUser": 7})), AL2023)) == []


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *(
            (mounting(path, RO), ["allowed"])
            for path in ("/", "/var", "/var/lib", "/var/lib/kubelet/", "/var/lib/kubelet/pods")
        ),
        (mounting("/var/lib/kubelet/pods/0a1b"), ["allowed"]),
        (mounting("/var/lib/kubelet", hostUsers=False), ["allowed"]),
        (mounting("/var/lib", {"subPath": "kubelet"}), ["allowed"]),
        (mounting("/var/lib/kubelet/plugins"), []),
        (mounting("/var/log"), []),
        (mounting("/var/lib/kubelet", security={"runAsUser": 65534}), []),
        (mounting("/var/lib/kubelet", security={}), ["undecided"]),
    ],
)
def test_other_pods_tokens_are_reached_under_the_kubelets_directory(raw: Raw, expected: list[str]) -> None:
    assert expected == words(exploit_host_traverse(*first(raw), AL2023))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mounting("/run/containerd/containerd.sock", RO), ["allowed"]),
        (mounting("/var/run/docker.sock", RRO), ["allowed"]),
        (mounting("/run", hostUsers=False), ["allowed"]),
        (mounting("/run/k3s/containerd"), ["allowed"]),
        (mounting("/run/systemd"), []),
        (mounting("/run/containerd", security={"runAsUser": 7, "runAsGroup": 0}), ["allowed"]),
        (mounting("/run/containerd", security={"runAsUser": 7, "runAsGroup": 994}), []),
        (mounting("/run/docker.sock", security={"runAsUser": 7, "runAsGroup": 994}), ["undecided"]),
        (mounting("/run/docker.sock", security={"runAsUser": 7, "runAsGroup": 1994}), []),
        (mounting("/run/containerd", security={"runAsUser": 7}), ["undecided"]),
        (
            mounting("/run/containerd", security={"runAsUser": 7, "runAsGroup": 7}, securityContext={"fsGroup": 0}),
            [],
        ),
        (
            mounting(
                "/run/containerd",
                security={"runAsUser": 7, "runAsGroup": 7},
                securityContext={"supplementalGroups": [5, 0]},
            ),
            ["allowed"],
        ),
    ],
)
def test_the_runtimes_socket_is_opened_by_root_or_its_group_whatever_the_mode(raw: Raw, expected: list[str]) -> None:
    assert expected == words(exploit_containerd_sock(*first(raw), AL2023))


def test_writability_is_asked_path_by_path() -> None:
    (mount,) = host_mounts(*first(mounting("/", RO)))

    assert words(
        [exposes_for_write(mount, [path]) for path in ("/proc", "/run/x", "/etc", "/var/lib/kubelet/pods")]
    ) == [
        "allowed",
        "allowed",
        "denied",
        "allowed",
    ]
