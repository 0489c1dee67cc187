"""Which Linux capabilities a container's lists leave it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from msgspec.structs import replace

from kpath.evidence import Evidence, Fact
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import Capabilities, PodSpec, SecurityContext
from kpath.semantics.workload.facts import fact, switch
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Verdict

# containerd's and Docker's.
DEFAULT = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
CRIO_DEFAULT = DEFAULT - {"MKNOD", "NET_RAW"}
FULL = DEFAULT | {
    "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "IPC_LOCK",
    "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN", "NET_BROADCAST", "PERFMON",
    "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
}  # fmt: skip
_LISTS = ("securityContext", "capabilities")


def normalised(name: str) -> str:
    """A capability's name in upper case and without `CAP_`."""
    return name.upper().removeprefix("CAP_")


def security(vantage: Vantage) -> SecurityContext:
    """The container's own security context."""
    return vantage.container.security_context or SecurityContext()


def privileged(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether the container is privileged."""
    return switch(vantage.at, "securityContext", "privileged", value=security(vantage).privileged)


def capabilities(spec: PodSpec, vantage: Vantage) -> frozenset[str]:
    """The capabilities a root process of the container has."""
    if security(vantage).privileged:
        return FULL
    lists = security(vantage).capabilities or Capabilities()
    add = {normalised(name) for name in lists.add or ()}
    drop = {normalised(name) for name in lists.drop or ()}
    held = FULL if "ALL" in add else DEFAULT
    if "ALL" in drop:
        held = frozenset()
    return ((held | add) - drop) & FULL


def capability(spec: PodSpec, vantage: Vantage, name: str) -> Verdict:
    """Whether a root process of the container has a capability."""
    if security(vantage).privileged:
        return privileged(spec, vantage)
    for because in grants(vantage, name):
        return Allowed(because)
    return Denied((_add(vantage), _drop(vantage)))


def granted_by(node: NodeInfo | None) -> frozenset[str]:
    """The capabilities that a node's runtime gives to a container that says nothing."""
    return CRIO_DEFAULT if node is not None and node.container_runtime_version.startswith("cri-o") else DEFAULT


def grants(vantage: Vantage, name: str, default: frozenset[str] = DEFAULT) -> Iterator[Evidence]:
    """Each way the container's lists give it a capability, whether or not it is privileged."""
    lists = security(vantage).capabilities or Capabilities()
    drop = {normalised(each) for each in lists.drop or ()}
    if normalised(name) in drop or normalised(name) not in FULL:
        return
    if named := _entries(vantage, normalised(name)):
        yield named
    if "ALL" in drop:
        return
    if everything := _entries(vantage, "ALL"):
        yield (*everything, _drop(vantage))
    if normalised(name) in default:
        yield (_drop(vantage),)


def powers(
    spec: PodSpec, vantage: Vantage, *names: str, default: frozenset[str] = DEFAULT
) -> Iterator[tuple[Vantage, Verdict]]:
    """Each way the container has all of some capabilities, with the container as that way sees it.

    A privileged container whose lists would suffice has two: it stays dangerous when only the flag is taken away.
    """
    if security(vantage).privileged:
        yield vantage, privileged(spec, vantage)
    plain = _unprivileged(vantage)
    ways = [tuple(dict.fromkeys(sum(way, ()))) for way in product(*(grants(plain, name, default) for name in names))]
    for way in dict.fromkeys(ways):
        if not any(set(other) < set(way) for other in ways):
            yield plain, Allowed(way)


def _unprivileged(vantage: Vantage) -> Vantage:
    context = replace(security(vantage), privileged=None)
    return replace(vantage, container=replace(vantage.container, security_context=context))


def _entries(vantage: Vantage, name: str) -> Evidence:
    """The entry that adds a name, or the whole list where several do and none is needed by itself."""
    lists = security(vantage).capabilities or Capabilities()
    found = [(index, each) for index, each in enumerate(lists.add or ()) if normalised(each) == name]
    if len(found) > 1:
        return (_add(vantage),)
    return tuple(fact(vantage.at, *_LISTS, "add", index, value=each) for index, each in found)


def _add(vantage: Vantage) -> Fact:
    lists = security(vantage).capabilities or Capabilities()
    return fact(vantage.at, *_LISTS, "add", value=lists.add)


def _drop(vantage: Vantage) -> Fact:
    lists = security(vantage).capabilities or Capabilities()
    return fact(vantage.at, *_LISTS, "drop", value=lists.drop)
