"""The preconditions of each escape, with the traps of the catalogue."""

from __future__ import annotations

import pytest
from workload_specs import AL2, AL2023, BOTTLEROCKET, DEBIAN, UBUNTU, WINDOWS, Raw, confidences, first, pod, words

from kpath.evidence import SOURCE, Fact
from kpath.model.wire import NodeInfo
from kpath.semantics.workload import (
    accepts_modules,
    ce_module_load,
    ce_nsenter,
    ce_priv_mount,
    ce_sys_admin_remount,
    ce_sys_ptrace,
    vantages,
)
from kpath.semantics.workload.capabilities import capabilities

ROOT: Raw = {"runAsUser": 0}
PRIVILEGED: Raw = {"privileged": True, **ROOT}


def adding(*names: str, drop: tuple[str, ...] = ("ALL",), **more: object) -> Raw:
    return {"capabilities": {"add": list(names), "drop": list(drop)}, **ROOT, **more}


def test_a_privileged_root_container_mounts_the_hosts_disk() -> None:
    (verdict,) = ce_priv_mount(*first(pod(PRIVILEGED)), None)

    assert verdict.because == (
        Fact(SOURCE, "/spec/containers/0/securityContext/privileged", "true"),
        Fact(SOURCE, "/spec/containers/0/securityContext/runAsUser", "0"),
        Fact(SOURCE, "/spec/containers/0/securityContext/runAsNonRoot", None),
        Fact(SOURCE, "/spec/securityContext/runAsNonRoot", None),
        Fact(SOURCE, "/spec/hostUsers", None),
        Fact(SOURCE, "/spec/runtimeClassName", None),
    )


@pytest.mark.parametrize(
    ("raw", "node", "expected"),
    [
        pytest.param(pod(PRIVILEGED), AL2023, ["allowed"], id="as given"),
        pytest.param(pod({"privileged": True}), AL2023, ["undecided"], id="the image's user"),
        pytest.param(pod({"runAsUser": 0}), AL2023, [], id="not privileged"),
        pytest.param(pod(adding("ALL", drop=())), AL2023, [], id="every capability is not privileged"),
        pytest.param(pod(PRIVILEGED, paths=["/dev"]), AL2023, ["allowed"], id="devices besides"),
        pytest.param(pod(ROOT, paths=["/dev"]), AL2023, [], id="devices alone: the device cgroup denies them"),
        pytest.param(
            pod({**PRIVILEGED, "allowPrivilegeEscalation": False}), None, ["allowed"], id="refused by the API"
        ),
        pytest.param(pod(PRIVILEGED, hostUsers=False), AL2023, [], id="a user namespace"),
        pytest.param(pod(PRIVILEGED, hostUsers=True), AL2023, ["allowed"], id="the host's users, said explicitly"),
        pytest.param(pod(PRIVILEGED, runtimeClassName="kata-qemu"), AL2023, [], id="a sandbox"),
        pytest.param(pod(PRIVILEGED, runtimeClassName="gVisor"), AL2023, [], id="another sandbox"),
        pytest.param(pod(PRIVILEGED, runtimeClassName="nvidia"), AL2023, ["undecided"], id="perhaps a sandbox"),
        pytest.param(pod(PRIVILEGED), WINDOWS, [], id="a Windows node"),
        pytest.param(pod(PRIVILEGED, os={"name": "windows"}), None, [], id="a Windows pod"),
        pytest.param(pod(PRIVILEGED, nodeSelector={"kubernetes.io/os": "windows"}), None, [], id="for Windows nodes"),
        pytest.param(pod(PRIVILEGED), BOTTLEROCKET, ["allowed"], id="Bottlerocket does not confine it"),
    ],
)
def test_mounting_the_hosts_disk_needs_privileged_root_on_the_hosts_kernel(
    raw: Raw, node: NodeInfo | None, expected: list[str]
) -> None:
    assert expected == words(ce_priv_mount(*first(raw), node))


def test_a_privileged_container_that_is_not_root_needs_a_setuid_program() -> None:
    for security in ({"runAsUser": 1000}, {"runAsNonRoot": True}, {"runAsUser": 7, "allowPrivilegeEscalation": False}):
        (verdict,) = ce_priv_mount(*first(pod({"privileged": True, **security})), None)
        assert confidences(verdict) == ["low"]


@pytest.mark.parametrize("key", ["ephemeralContainers", "initContainers"])
def test_ephemeral_containers_and_sidecars_count(key: str) -> None:
    raw = pod() | {key: [{"name": "x", "securityContext": PRIVILEGED, "restartPolicy": "Always"}]}
    spec, _ = first(raw)
    found = [verdict for vantage in vantages(spec) for verdict in ce_priv_mount(spec, vantage, None)]

    assert words(found) == ["allowed"]
    assert f"/spec/{key}/0/securityContext/privileged" in {fact.at for fact in found[0].because}
    assert ("/spec/initContainers/0/restartPolicy" in {fact.at for fact in found[0].because}) == (key[0] == "i")


def test_a_completed_init_container_is_no_vantage() -> None:
    spec, _ = first(pod(initContainers=[{"name": "x", "securityContext": PRIVILEGED}]))

    assert [each.at for each in vantages(spec)] == ["/spec/containers/0"]


@pytest.mark.parametrize(
    ("raw", "node", "expected"),
    [
        pytest.param(pod(PRIVILEGED, hostPID=True), UBUNTU, ["allowed"], id="privileged"),
        pytest.param(pod(adding("SYS_ADMIN", "SYS_PTRACE"), hostPID=True), AL2023, ["allowed"], id="not privileged"),
        pytest.param(pod(adding("SYS_ADMIN"), hostPID=True), AL2023, [], id="without SYS_PTRACE"),
        pytest.param(pod(adding("SYS_PTRACE"), hostPID=True), AL2023, [], id="without SYS_ADMIN"),
        pytest.param(pod(ROOT, hostPID=True), AL2023, [], id="hostPID alone"),
        pytest.param(pod(PRIVILEGED), AL2023, [], id="without hostPID"),
        pytest.param(pod(adding("SYS_ADMIN", "SYS_PTRACE"), hostPID=True), UBUNTU, [], id="AppArmor"),
        pytest.param(pod(adding("SYS_ADMIN", "SYS_PTRACE"), hostPID=True), None, ["undecided"], id="some node"),
        pytest.param(pod(PRIVILEGED, hostPID=True, runtimeClassName="runsc"), AL2, [], id="a sandbox"),
        pytest.param(pod(adding("ALL", drop=(), privileged=True), hostPID=True), AL2, ["allowed"] * 2, id="two ways"),
    ],
)
def test_entering_the_hosts_namespaces_needs_its_processes_and_both_capabilities(
    raw: Raw, node: NodeInfo | None, expected: list[str]
) -> None:
    assert expected == words(ce_nsenter(*first(raw), node))


@pytest.mark.parametrize(
    ("raw", "node", "expected"),
    [
        pytest.param(pod(adding("SYS_MODULE")), AL2023, ["allowed"], id="all dropped, one added"),
        pytest.param(pod(adding("SYS_MODULE")), UBUNTU, ["allowed"], id="AppArmor does not matter"),
        pytest.param(
            pod(adding("SYS_MODULE", seccompProfile={"type": "RuntimeDefault"})), AL2, ["allowed"], id="seccomp neither"
        ),
        pytest.param(pod(PRIVILEGED), BOTTLEROCKET, [], id="lockdown"),
        pytest.param(
            pod(PRIVILEGED), NodeInfo(os_image="Bottlerocket (EKS Auto, Standard) 2025.1"), [], id="Auto Mode"
        ),
        pytest.param(pod(PRIVILEGED), None, ["undecided"], id="some node"),
        pytest.param(pod(PRIVILEGED, hostUsers=False), AL2, [], id="a user namespace"),
        pytest.param(pod(ROOT), AL2, [], id="default capabilities"),
        pytest.param(pod(adding("SYS_MODULE", runAsUser=1, allowPrivilegeEscalation=False)), AL2, [], id="not root"),
        pytest.param(pod(adding("SYS_MODULE", runAsUser=1)), AL2, ["undecided"], id="not root, setuid possible"),
    ],
)
def test_loading_a_module_needs_the_capability_and_a_willing_kernel(
    raw: Raw, node: NodeInfo | None, expected: list[str]
) -> None:
    assert expected == words(ce_module_load(*first(raw), node))


@pytest.mark.parametrize(
    ("raw", "node", "expected"),
    [
        pytest.param(pod(adding("SYS_PTRACE"), hostPID=True), AL2023, ["allowed"], id="SYS_ADMIN is not required"),
        pytest.param(pod(adding("SYS_PTRACE")), AL2023, [], id="only its own processes"),
        pytest.param(pod(adding("SYS_PTRACE"), hostPID=True), UBUNTU, [], id="AppArmor"),
        pytest.param(pod(adding("SYS_PTRACE"), hostPID=True), BOTTLEROCKET, [], id="SELinux"),
        pytest.param(
            pod(adding("SYS_PTRACE", appArmorProfile={"type": "Unconfined"}), hostPID=True), UBUNTU, ["allowed"],
            id="unconfined",
        ),
        pytest.param(
            pod(adding("SYS_PTRACE"), hostPID=True, securityContext={"appArmorProfile": {"type": "Unconfined"}}),
            UBUNTU, ["allowed"], id="the pod unconfined",
        ),
        pytest.param(
            pod(
                adding("SYS_PTRACE", appArmorProfile={"type": "RuntimeDefault"}), hostPID=True,
                securityContext={"appArmorProfile": {"type": "Unconfined"}},
            ), UBUNTU, [], id="the container's profile wins",
        ),
        pytest.param(
            pod(adding("SYS_PTRACE", seLinuxOptions={"type": "super_t"}), hostPID=True), BOTTLEROCKET, ["undecided"],
            id="another SELinux type",
        ),
        pytest.param(
            pod(adding("SYS_PTRACE", appArmorProfile={"type": "Localhost"}), hostPID=True), UBUNTU, ["undecided"],
            id="a profile nobody has seen",
        ),
        pytest.param(pod(adding("SYS_PTRACE"), hostPID=True), DEBIAN, ["undecided"], id="an unknown system"),
        pytest.param(pod(PRIVILEGED, hostPID=True), UBUNTU, ["allowed"], id="privileged is unconfined"),
        pytest.param(
            pod({**PRIVILEGED, "appArmorProfile": {"type": "RuntimeDefault"}}, hostPID=True), UBUNTU, [],
            id="unless it has a profile",
        ),
    ],
)  # fmt: skip
def test_tracing_a_host_process_needs_to_see_it_and_to_be_unconfined(
    raw: Raw, node: NodeInfo | None, expected: list[str]
) -> None:
    assert expected == words(ce_sys_ptrace(*first(raw), node))


@pytest.mark.parametrize(
    ("raw", "node", "expected"),
    [
        pytest.param(pod(adding("SYS_ADMIN")), AL2023, ["allowed"], id="cgroup v2 does not matter"),
        pytest.param(pod(adding("SYS_ADMIN", procMount="Default")), AL2, ["allowed"], id="masked paths do not matter"),
        pytest.param(pod(adding("SYS_ADMIN")), UBUNTU, [], id="AppArmor denies mounts"),
        pytest.param(pod(adding("SYS_ADMIN")), None, ["undecided"], id="some node"),
        pytest.param(pod(adding("SYS_ADMIN"), hostUsers=False), AL2, [], id="a user namespace"),
        pytest.param(pod(adding("SYS_ADMIN"), runtimeClassName="firecracker"), AL2, [], id="a sandbox"),
        pytest.param(pod(adding("SYS_ADMIN", drop=("SYS_ADMIN",))), AL2, [], id="dropped by name"),
        pytest.param(pod(PRIVILEGED), UBUNTU, ["allowed"], id="privileged"),
    ],
)
def test_mounting_procfs_anew_needs_sys_admin_and_leave_to_mount(
    raw: Raw, node: NodeInfo | None, expected: list[str]
) -> None:
    assert expected == words(ce_sys_admin_remount(*first(raw), node))


@pytest.mark.parametrize(
    ("lists", "name", "expected"),
    [
        ({"drop": ["ALL"], "add": ["SYS_MODULE"]}, "SYS_MODULE", True),
        ({"drop": ["all"], "add": ["cap_sys_module"]}, "SYS_MODULE", True),
        ({"drop": ["SYS_MODULE"], "add": ["SYS_MODULE"]}, "SYS_MODULE", False),
        ({"drop": ["CAP_SYS_ADMIN"], "add": ["ALL"]}, "SYS_ADMIN", False),
        ({"drop": ["CAP_SYS_ADMIN"], "add": ["ALL"]}, "SYS_PTRACE", True),
        ({"drop": ["ALL"], "add": ["ALL"]}, "SYS_ADMIN", False),
        ({}, "NET_RAW", True),
        ({}, "DAC_READ_SEARCH", False),
        ({"drop": ["NET_RAW"]}, "NET_RAW", False),
    ],
)
def test_named_drops_beat_named_adds_which_beat_all(lists: Raw, name: str, expected: bool) -> None:
    assert expected == (name in capabilities(*first(pod({"capabilities": lists}))))


def test_an_entry_that_is_there_twice_is_cited_as_a_list() -> None:
    (verdict,) = ce_sys_admin_remount(*first(pod(adding("SYS_ADMIN", "CAP_SYS_ADMIN"))), AL2)

    at = "/spec/containers/0/securityContext/capabilities/add"
    assert verdict.because[0] == Fact(SOURCE, at, '["SYS_ADMIN","CAP_SYS_ADMIN"]')


def test_an_unknown_node_accepts_modules_with_little_certainty() -> None:
    assert confidences(accepts_modules(None)) == confidences(accepts_modules(DEBIAN)) == ["low"]
