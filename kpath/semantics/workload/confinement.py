"""What a node's operating system forbids to containers, and its kernel to itself."""

from __future__ import annotations

import re
from typing import Literal

from kpath.evidence import SOURCE, Assumption, Evidence, Fact, pointer
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import APP_ARMOR, PodSecurityContext, PodSpec, Profile, SeLinux
from kpath.semantics.workload.capabilities import privileged, security
from kpath.semantics.workload.context import inherited
from kpath.semantics.workload.facts import doubt, fact, image
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

Act = Literal["mount", "ptrace"]

# Amazon Linux 2 and 2023: no AppArmor, SELinux off or permissive, kernel modules need no signature.
PERMISSIVE = "Amazon Linux"
ENFORCING = "Bottlerocket"
APPARMOR = "Ubuntu"

_ACTS = {"mount": "mount file systems", "ptrace": "trace processes of the node"}


def unconfined_by_lsm(spec: PodSpec, vantage: Vantage, node: NodeInfo | None, what: Act) -> Verdict:
    """Whether neither AppArmor nor SELinux keeps the container from mounting, or from tracing foreign processes."""
    system = node.os_image if node is not None else ""
    if PERMISSIVE in system:
        return Allowed(image(node))
    if ENFORCING in system:
        return _unlabelled(spec, vantage, node)
    profile, because = _profile(spec, vantage)
    if profile is None and security(vantage).privileged:
        return all_of(privileged(spec, vantage), Allowed(because))
    if APPARMOR not in system:
        return Undecided(image(node), (doubt(f"the node lets containers {_ACTS[what]}", "nodes"),))
    if profile == "Unconfined":
        return Allowed(because)
    if profile == "Localhost":
        return Undecided(because, (doubt(f"the container's own AppArmor profile lets it {_ACTS[what]}"),))
    return Denied(image(node) + because)


def accepts_modules(node: NodeInfo | None) -> Verdict:
    """Whether the node's kernel loads modules nobody signed."""
    system = node.os_image if node is not None else ""
    if ENFORCING in system:
        return Denied(image(node))
    if PERMISSIVE in system or APPARMOR in system:
        return Allowed(image(node))
    return Undecided(image(node), (doubt("the node's kernel loads unsigned modules", "nodes"),))


def cgroup_v1(node: NodeInfo | None) -> Verdict:
    """Whether the node has the first version of cgroups, whose files name a command that the kernel runs."""
    system = node.os_image if node is not None else ""
    named = re.match(r"(Amazon Linux|Ubuntu) ([0-9]{1,4})(?![0-9])", system)
    release = int(named[2]) if named is not None else None
    first, second = (2, 2023) if PERMISSIVE in system else (20, 22)
    if ENFORCING in system or (release is not None and release >= second):
        return Denied(image(node))
    if release is not None and release <= first:
        return Allowed(image(node))
    return Undecided(image(node), (doubt("the node has the first version of cgroups", "nodes"),))


def enforcing(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> tuple[Assumption, ...]:
    """What remains to be assumed before an ordinary container touches a host whose SELinux enforces."""
    if node is None or ENFORCING not in node.os_image or security(vantage).privileged:
        return ()
    return (doubt("the node's SELinux policy lets containers touch what is mounted from the host"),)


def _unlabelled(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Verdict:
    if security(vantage).privileged:
        return privileged(spec, vantage)
    label, because = _label(spec, vantage)
    if label in (None, "container_t"):
        return Denied(image(node) + because)
    return Undecided(because, (doubt(f"SELinux type {label} is not confined"),))


def _profile(spec: PodSpec, vantage: Vantage) -> tuple[str | None, Evidence]:
    """The type of the container's AppArmor profile: its own field's, else its annotation's, else its pod's."""
    own = security(vantage).app_armor_profile or Profile()
    name = vantage.container.name
    noted = dict(spec.app_armor or ()).get(name)
    if own.type is None and noted:
        unset = fact(vantage.at, "securityContext", "appArmorProfile", "type", value=None)
        return _noted(noted), (unset, Fact(SOURCE, pointer("metadata", "annotations", APP_ARMOR + name), noted))
    shared = (spec.security_context or PodSecurityContext()).app_armor_profile or Profile()
    return inherited(vantage, "appArmorProfile", own.type, shared.type, below=("type",))


def _noted(profile: str) -> str:
    if profile.startswith("localhost/"):
        return "Localhost"
    return "Unconfined" if profile == "unconfined" else "RuntimeDefault"


def _label(spec: PodSpec, vantage: Vantage) -> tuple[str | None, Evidence]:
    own = security(vantage).se_linux_options or SeLinux()
    shared = (spec.security_context or PodSecurityContext()).se_linux_options or SeLinux()
    return inherited(vantage, "seLinuxOptions", own.type, shared.type, below=("type",))
