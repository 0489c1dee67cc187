"""What a pod's spec lets its containers do: pure functions from specs to verdicts, with reasons."""

from __future__ import annotations

from kpath.semantics.workload.capabilities import capabilities, capability, privileged
from kpath.semantics.workload.confinement import accepts_modules, unconfined_by_lsm
from kpath.semantics.workload.context import (
    becomes_root,
    host_ipc,
    host_network,
    host_pid,
    host_users,
    linux,
    root,
    shares_processes,
    unsandboxed,
)
from kpath.semantics.workload.escapes import (
    ce_module_load,
    ce_nsenter,
    ce_priv_mount,
    ce_sys_admin_remount,
    ce_sys_ptrace,
    ce_umh_core_pattern,
    ce_var_log_symlink,
    exploit_containerd_sock,
    exploit_host_read,
    exploit_host_traverse,
    exploit_host_write,
)
from kpath.semantics.workload.hostpaths import covers, inside
from kpath.semantics.workload.mounts import (
    HostMount,
    core_pattern,
    exposes_for_write,
    host_mounts,
    host_read,
    host_write,
    reaches_kubelet_pods,
    runtime_socket,
)
from kpath.semantics.workload.tokens import Token, expected_tokens, mounted_secrets, service_account, tokens
from kpath.semantics.workload.vantages import Vantage, vantages

__all__ = [
    "HostMount",
    "Token",
    "Vantage",
    "accepts_modules",
    "becomes_root",
    "capabilities",
    "capability",
    "ce_module_load",
    "ce_nsenter",
    "ce_priv_mount",
    "ce_sys_admin_remount",
    "ce_sys_ptrace",
    "ce_umh_core_pattern",
    "ce_var_log_symlink",
    "core_pattern",
    "covers",
    "expected_tokens",
    "exploit_containerd_sock",
    "exploit_host_read",
    "exploit_host_traverse",
    "exploit_host_write",
    "exposes_for_write",
    "host_ipc",
    "host_mounts",
    "host_network",
    "host_pid",
    "host_read",
    "host_users",
    "host_write",
    "inside",
    "linux",
    "mounted_secrets",
    "privileged",
    "reaches_kubelet_pods",
    "root",
    "runtime_socket",
    "service_account",
    "shares_processes",
    "tokens",
    "unconfined_by_lsm",
    "unsandboxed",
    "vantages",
]
