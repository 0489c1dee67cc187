"""As whom and in which namespaces a container runs."""

from __future__ import annotations

from typing import TypeVar

from kpath.evidence import TARGET, Assumption, Confidence, Evidence, Fact
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSecurityContext, PodSpec, WindowsOptions
from kpath.semantics.workload.capabilities import security
from kpath.semantics.workload.facts import SPEC, doubt, fact, switch
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Undecided, Verdict

V = TypeVar("V", int, str, bool)

SANDBOXES = ("kata", "gvisor", "runsc", "firecracker")
# Installing Docker creates its group among those of the system.
FIRST_ORDINARY_GROUP = 1000
IMAGE_IS_ROOT = Assumption("the image runs as root", Confidence.MEDIUM)


def inherited(
    vantage: Vantage, key: str, own: V | None, shared: V | None, *, below: tuple[str, ...] = ()
) -> tuple[V | None, Evidence]:
    """A setting of the container, else of its pod, with the fields that decide it."""
    first = fact(vantage.at, "securityContext", key, *below, value=own)
    if own is not None:
        return own, (first,)
    return shared, (first, fact(SPEC, "securityContext", key, *below, value=shared))


def root(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether the container's processes run as uid 0."""
    own, shared = security(vantage), spec.security_context or PodSecurityContext()
    user, user_facts = inherited(vantage, "runAsUser", own.run_as_user, shared.run_as_user)
    non_root, non_root_facts = inherited(vantage, "runAsNonRoot", own.run_as_non_root, shared.run_as_non_root)
    if user:
        return Denied(user_facts)
    if non_root:
        return Denied(non_root_facts)
    because = user_facts + non_root_facts
    return Undecided(because, (IMAGE_IS_ROOT,)) if user is None else Allowed(because)


def becomes_root(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether a process of the container has its capabilities, or can obtain them from a setuid program."""
    verdict = root(spec, vantage)
    if not isinstance(verdict, Denied):
        return verdict
    helped = (doubt("a setuid program or one with file capabilities is in the image"),)
    if security(vantage).privileged:
        # The API refuses allowPrivilegeEscalation: false beside privileged; were it there, it would mean nothing.
        return Undecided((), helped)
    escalation = security(vantage).allow_privilege_escalation
    because = (fact(vantage.at, "securityContext", "allowPrivilegeEscalation", value=escalation),)
    return Denied(verdict.because + because) if escalation is False else Undecided(because, helped)


def in_socket_group(spec: PodSpec, vantage: Vantage, *, any_group: bool) -> Verdict:
    """Whether the container's groups open a socket of group 0, or one whose group's number the host chose."""
    shared = spec.security_context or PodSecurityContext()
    group, because = inherited(vantage, "runAsGroup", security(vantage).run_as_group, shared.run_as_group)
    extra = [
        (each, fact(SPEC, "securityContext", "supplementalGroups", index, value=each))
        for index, each in enumerate(shared.supplemental_groups or ())
    ]
    if group == 0:
        return Allowed(because)
    for number, entry in extra:
        if number == 0:
            return Allowed((entry,))
    if group is None:
        return Undecided(because, (doubt("the image runs with group 0"),))
    for number, facts in ((group, because), *((number, (entry,)) for number, entry in extra)):
        if any_group and number < FIRST_ORDINARY_GROUP:
            return Undecided(facts, (doubt(f"group {number} owns the socket on the host"),))
    return Denied(because)


def host_pid(spec: PodSpec) -> Verdict:
    """Whether the pod sees the processes of its node."""
    return switch(SPEC, "hostPID", value=spec.host_pid)


def host_ipc(spec: PodSpec) -> Verdict:
    """Whether the pod shares the node's shared memory."""
    return switch(SPEC, "hostIPC", value=spec.host_ipc)


def host_network(spec: PodSpec) -> Verdict:
    """Whether the pod shares the node's network."""
    return switch(SPEC, "hostNetwork", value=spec.host_network)


def shares_processes(spec: PodSpec) -> Verdict:
    """Whether the pod's containers see each other's processes."""
    return switch(SPEC, "shareProcessNamespace", value=spec.share_process_namespace)


def host_users(spec: PodSpec) -> Verdict:
    """Whether root in the pod is root on its node: no user namespace of its own."""
    because = (fact(SPEC, "hostUsers", value=spec.host_users),)
    return Denied(because) if spec.host_users is False else Allowed(because)


def unsandboxed(spec: PodSpec) -> Verdict:
    """Whether the pod runs on its node's kernel, not in a virtual machine or a kernel of its own."""
    name = spec.runtime_class_name
    because = (fact(SPEC, "runtimeClassName", value=name),)
    if not name:
        return Allowed(because)
    if any(each in name.lower() for each in SANDBOXES):
        return Denied(because)
    return Undecided(because, (Assumption(f"runtime class {name} is no sandbox", missing="runtimeclasses"),))


def linux(spec: PodSpec, node: NodeInfo | None) -> Verdict:
    """Whether the pod runs on Linux, as all do that do not say otherwise."""
    if node is not None and node.operating_system == "windows":
        return Denied((Fact(TARGET, "/status/nodeInfo/operatingSystem", "windows"),))
    if spec.os is not None and spec.os.name == "windows":
        return Denied((fact(SPEC, "os", "name", value="windows"),))
    label = (spec.node_selector or {}).get("kubernetes.io/os")
    if label == "windows":
        return Denied((fact(SPEC, "nodeSelector", "kubernetes.io/os", value=label),))
    return Allowed(())


def windows(spec: PodSpec, node: NodeInfo | None) -> Verdict:
    """Whether the pod runs on Windows; where the node does not say, the pod may."""
    system = node.operating_system if node is not None else ""
    if system:
        because = (Fact(TARGET, "/status/nodeInfo/operatingSystem", system),)
        return Allowed(because) if system == "windows" else Denied(because)
    if spec.os is not None and spec.os.name is not None:
        because = (fact(SPEC, "os", "name", value=spec.os.name),)
        return Allowed(because) if spec.os.name == "windows" else Denied(because)
    label = (spec.node_selector or {}).get("kubernetes.io/os")
    if label is not None:
        because = (fact(SPEC, "nodeSelector", "kubernetes.io/os", value=label),)
        return Allowed(because) if label == "windows" else Denied(because)
    return Undecided((), (doubt("the node runs Windows", "nodes"),))


def host_process(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether the container is a process of its Windows node."""
    own = security(vantage).windows_options or WindowsOptions()
    shared = (spec.security_context or PodSecurityContext()).windows_options or WindowsOptions()
    keys = inherited(vantage, "windowsOptions", own.host_process, shared.host_process, below=("hostProcess",))
    return Allowed(keys[1]) if keys[0] else Denied(keys[1])
