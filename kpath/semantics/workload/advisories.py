"""Which nodes a known weakness concerns, and which containers of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import TARGET, Fact
from kpath.model.wire import NodeInfo
from kpath.model.wire_ext import Advisory, AdvisorySpec
from kpath.model.wire_pod import PodSecurityContext, PodSpec, Profile
from kpath.refs import Ref
from kpath.semantics.workload.capabilities import (
    DEFAULT,
    FULL,
    granted_by,
    grants,
    normalised,
    powers,
    privileged,
    security,
)
from kpath.semantics.workload.context import becomes_root, host_network, inherited, linux, root, unsandboxed
from kpath.semantics.workload.facts import doubt, image, provided
from kpath.semantics.workload.places import Predicate
from kpath.semantics.workload.vantages import Vantage
from kpath.semantics.workload.versions import Version, version
from kpath.semantics.workload.versions import stated as version_of
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of

RUNTIMES = ("containerd", "cri-o", "docker")
# Part of every node's image, and reported by none.
UNREPORTED = ("runc", "gpu-toolkit")
KERNEL = ("kernel",)

RUNTIME_VERSION = "/status/nodeInfo/containerRuntimeVersion"
KERNEL_VERSION = "/status/nodeInfo/kernelVersion"

# What may stand before the version from which on, or up to which, an advisory counts.
SINCE, UNTIL = ("", "=", ">="), ("", "=", ">=", "<")
UNREADABLE = doubt("the node has the weakness, though the advisory's version cannot be read", "advisories")


def concerning(advisories: Mapping[Ref, Advisory], components: tuple[str, ...]) -> Iterator[Predicate]:
    """For each advisory on some components, whether a container of a node can use the weakness."""
    for ref, advisory in advisories.items():
        if advisory.spec.component.lower() in components:
            yield _predicate(ref, advisory.spec)


def _predicate(ref: Ref, stated: AdvisorySpec) -> Predicate:

    def usable(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
        concerned = open_on(ref, stated, node)
        if isinstance(concerned, Denied):
            return
        needs = [_met(spec, vantage, node, need) for need in stated.needs or ()]
        verdict = all_of(concerned, linux(spec, node), Allowed(vantage.because), unsandboxed(spec), *needs)
        if not isinstance(verdict, Denied):
            yield verdict

    return usable


def open_on(ref: Ref, stated: AdvisorySpec, node: NodeInfo | None) -> Verdict:
    """Whether a weakness is on a node that runs Linux."""
    about = Allowed((Fact(ref, "/spec/component", stated.component),))
    return all_of(about, linux(PodSpec(), node), _is_of(ref, stated, node), _is_open(ref, stated, node))


def _is_of(ref: Ref, stated: AdvisorySpec, node: NodeInfo | None) -> Verdict:
    """Whether the node's image is one that the advisory speaks of; of kernels each distribution has its own."""
    system = node.os_image if node is not None else ""
    if stated.os is None:
        return Denied() if stated.component.lower() in KERNEL else Allowed(())
    if not system:
        return Undecided((), (doubt(f"the node runs {stated.os}", "nodes"),))
    because = (Fact(ref, "/spec/os", stated.os), *image(node))
    return Allowed(because) if system.startswith(stated.os) else Denied(because)


def _is_open(ref: Ref, stated: AdvisorySpec, node: NodeInfo | None) -> Verdict:
    """Whether the node has a version from `introduced` on and below `fixed`."""
    component = stated.component.lower()
    of_kernel = component in KERNEL
    reported = (node.kernel_version if of_kernel else node.container_runtime_version) if node is not None else ""
    at = KERNEL_VERSION if of_kernel else RUNTIME_VERSION
    below = f"older than {stated.fixed}" if stated.fixed else "one of those concerned"
    unknown = (doubt(f"the node's {component} is {below}", "nodes"),)
    if component in UNREPORTED:
        return Undecided((), unknown)
    name, _, number = reported.rpartition("://")
    if not reported:
        return Undecided((Fact(TARGET, at, None),), unknown)
    if not of_kernel and name != component:
        return Denied((Fact(TARGET, at, reported),))
    there = version(number)
    if there is None:
        return Undecided((Fact(TARGET, at, reported),), unknown)
    return all_of(_is_within(ref, stated, there), Allowed((Fact(TARGET, at, reported),)))


def _is_within(ref: Ref, stated: AdvisorySpec, there: Version) -> Verdict:
    """Whether a version is one of those that an advisory concerns, of whose ends either may be unreadable."""
    since, until = version_of(stated.introduced, SINCE), version_of(stated.fixed, UNTIL)
    ends = (("introduced", stated.introduced, since), ("fixed", stated.fixed, until))
    because = tuple(Fact(ref, f"/spec/{key}", value) for key, value, _ in ends if value)
    if (since is not None and there < since) or (until is not None and there >= until):
        return Denied(because)
    unread = any(value and end is None for _, value, end in ends)
    return Undecided(because, (UNREADABLE,)) if unread else Allowed(because)


def _met(spec: PodSpec, vantage: Vantage, node: NodeInfo | None, need: str) -> Verdict:
    """Whether a container has what a weakness needs."""
    if need == "root":
        return root(spec, vantage)
    if need == "hostNetwork":
        return host_network(spec)
    if need == "unconfined":
        return _unfiltered(spec, vantage)
    name = normalised(need)
    if name not in FULL:
        return provided((doubt(f"the container has {need}"),))
    held = powers(spec, vantage, name, default=granted_by(node))
    return any_of(*(all_of(each, becomes_root(spec, seen)) for seen, each in held))


def _unfiltered(spec: PodSpec, vantage: Vantage) -> Verdict:
    """Whether a container gets past the filter of the kernel's calls: none is there, or a capability opens it."""
    if security(vantage).privileged:
        return privileged(spec, vantage)
    own = security(vantage).seccomp_profile or Profile()
    shared = (spec.security_context or PodSecurityContext()).seccomp_profile or Profile()
    profile, because = inherited(vantage, "seccompProfile", own.type, shared.type, below=("type",))
    if profile in (None, "Unconfined"):
        return Allowed(because)
    if profile == "Localhost":
        return Undecided(because, (doubt("the container's own seccomp profile lets the calls through"),))
    opening = (each for name in sorted(FULL - DEFAULT) for each in grants(vantage, name))
    return any_of(*(Allowed(each) for each in opening), Denied(because))
