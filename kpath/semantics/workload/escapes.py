"""What lets code in a container reach the node beneath it: each step's preconditions, each way they are met."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.semantics.workload import mounts
from kpath.semantics.workload.capabilities import granted_by, powers, privileged, security
from kpath.semantics.workload.confinement import accepts_modules, cgroup_v1, enforcing, unconfined_by_lsm
from kpath.semantics.workload.context import (
    becomes_root,
    host_ipc,
    host_network,
    host_pid,
    host_process,
    host_users,
    linux,
    root,
    unsandboxed,
    windows,
)
from kpath.semantics.workload.facts import doubt, provided
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Verdict, all_of

USABLE = Assumption("a key or credential among the files can be used from here")
OWN_SEGMENTS = doubt("there are segments of that uid, or open to all, in the node's shared memory")


def ce_priv_mount(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A privileged container mounts the host's disk."""
    yield from _met(spec, vantage, node, privileged(spec, vantage), _on_this_kernel(spec, vantage))


def ce_nsenter(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container that sees PID 1 of the host enters its namespaces."""
    for seen, held in powers(spec, vantage, "SYS_ADMIN", "SYS_PTRACE"):
        free = unconfined_by_lsm(spec, seen, node, "ptrace") if not security(seen).privileged else Allowed(())
        yield from _met(spec, vantage, node, host_pid(spec), held, free, _on_this_kernel(spec, seen))


def ce_module_load(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container loads a module into the host's kernel."""
    for seen, held in powers(spec, vantage, "SYS_MODULE"):
        yield from _met(spec, vantage, node, held, accepts_modules(node), _on_this_kernel(spec, seen))


def ce_sys_ptrace(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container injects code into a process of the host."""
    for seen, held in powers(spec, vantage, "SYS_PTRACE"):
        free = unconfined_by_lsm(spec, seen, node, "ptrace")
        yield from _met(spec, vantage, node, host_pid(spec), held, free, _on_this_kernel(spec, seen))


def ce_sys_admin_remount(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container mounts procfs or sysfs anew and sets a helper that the host's kernel runs."""
    for seen, held in powers(spec, vantage, "SYS_ADMIN"):
        free = unconfined_by_lsm(spec, seen, node, "mount")
        yield from _met(spec, vantage, node, held, free, _on_this_kernel(spec, seen))


def ce_umh_core_pattern(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container writes the host's `core_pattern` and crashes."""
    for exposed in mounts.core_pattern(spec, vantage):
        yield from _met(spec, vantage, node, exposed, root(spec, vantage), host_users(spec))


def exploit_host_write(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container writes what the host runs."""
    confined = provided(enforcing(spec, vantage, node))
    for exposed in mounts.host_write(spec, vantage):
        yield from _met(spec, vantage, node, exposed, root(spec, vantage), confined)


def exploit_host_read(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads the host's keys and credentials."""
    for exposed in mounts.host_read(spec, vantage):
        yield from _met(spec, vantage, node, exposed, root(spec, vantage), provided((USABLE,)))


def exploit_host_traverse(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads the tokens and Secrets of the other pods on its node."""
    for exposed in mounts.reaches_kubelet_pods(spec, vantage):
        yield from _met(spec, vantage, node, exposed, root(spec, vantage))


def ce_var_log_symlink(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container puts links to files of the host among its logs, for the kubelet to follow."""
    for exposed in mounts.logs(spec, vantage):
        yield from _met(spec, vantage, node, exposed, root(spec, vantage))


def exploit_containerd_sock(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container commands the container runtime."""
    confined = provided(enforcing(spec, vantage, node))
    for reached in mounts.runtime_socket(spec, vantage):
        yield from _met(spec, vantage, node, reached, confined)


def ce_cgroup_release_agent(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container names the command that a cgroup's end runs on the host."""
    for seen, held in powers(spec, vantage, "SYS_ADMIN"):
        free = unconfined_by_lsm(spec, seen, node, "mount")
        yield from _met(spec, vantage, node, held, cgroup_v1(node), free, _on_this_kernel(spec, seen))
    for written in mounts.cgroups(spec, vantage):
        yield from _met(spec, vantage, node, written, cgroup_v1(node), root(spec, vantage), host_users(spec))


def ce_dac_read_search(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container opens the files of its node's disk by their handles."""
    yield from _by_handle(spec, vantage, node, "DAC_READ_SEARCH")


def ce_dac_override(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container writes the files that it opens by their handles."""
    yield from _by_handle(spec, vantage, node, "DAC_READ_SEARCH", "DAC_OVERRIDE")


def ce_bpf_trace(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container traces the processes of its node with programs in the kernel."""
    ways = (*powers(spec, vantage, "BPF", "PERFMON"), *powers(spec, vantage, "SYS_ADMIN"))
    for seen, held in dict.fromkeys(ways):
        yield from _met(spec, vantage, node, held, _on_this_kernel(spec, seen))


def ce_host_net_admin(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container sets up its node's network anew."""
    for seen, held in powers(spec, vantage, "NET_ADMIN"):
        yield from _met(spec, vantage, node, host_network(spec), held, _on_this_kernel(spec, seen))


def host_net_sniff(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads what passes its node's network."""
    for seen, held in powers(spec, vantage, "NET_RAW", default=granted_by(node)):
        yield from _met(spec, vantage, node, host_network(spec), held, _on_this_kernel(spec, seen))


def host_ipc_tamper(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container uses its node's shared memory."""
    as_root = root(spec, vantage)
    user = provided((OWN_SEGMENTS,)) if isinstance(as_root, Denied) else as_root
    yield from _met(spec, vantage, node, host_ipc(spec), user, unsandboxed(spec))


def local_node_service(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reaches what its node offers to itself alone."""
    yield from _met(spec, vantage, node, host_network(spec))


def host_control_sock(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container commands a service of the host."""
    confined = provided(enforcing(spec, vantage, node))
    for reached in mounts.control_socket(spec, vantage):
        yield from _met(spec, vantage, node, reached, root(spec, vantage), confined)


def static_pod_inject(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container writes the manifest of a pod that its node's kubelet starts by itself."""
    confined = provided(enforcing(spec, vantage, node))
    for written in mounts.static_pods(spec, vantage):
        yield from _met(spec, vantage, node, written, root(spec, vantage), confined)


def ce_win_hostprocess(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container is a process of its Windows node."""
    verdict = all_of(windows(spec, node), Allowed(vantage.because), host_process(spec, vantage))
    if not isinstance(verdict, Denied):
        yield verdict


def _by_handle(spec: PodSpec, vantage: Vantage, node: NodeInfo | None, *names: str) -> Iterator[Verdict]:
    for seen, held in powers(spec, vantage, *names):
        confined = provided(enforcing(spec, seen, node))
        yield from _met(spec, vantage, node, held, confined, _on_this_kernel(spec, seen))


def _on_this_kernel(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether the container's capabilities are good against the node's own kernel."""
    return all_of(becomes_root(spec, vantage), host_users(spec), unsandboxed(spec))


def _met(spec: PodSpec, vantage: Vantage, node: NodeInfo | None, *verdicts: Verdict) -> Iterator[Verdict]:
    verdict = all_of(linux(spec, node), Allowed(vantage.because), *verdicts)
    if not isinstance(verdict, Denied):
        yield verdict
