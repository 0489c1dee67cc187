"""Which nodes a known weakness concerns, and which containers of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from kpath.evidence import TARGET, Evidence, Fact
from kpath.model.wire import NodeInfo
from kpath.model.wire_ext import Advisory, AdvisorySpec
from kpath.model.wire_pod import PodSecurityContext, PodSpec, Profile
from kpath.refs import Ref
from kpath.semantics.workload.capabilities import FULL, granted_by, normalised, powers, privileged, security
from kpath.semantics.workload.context import becomes_root, host_network, inherited, linux, root, unsandboxed
from kpath.semantics.workload.facts import doubt, image, provided
from kpath.semantics.workload.places import Predicate
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of

RUNTIMES = ("containerd", "cri-o", "docker")
# Part of every node's image, and reported by none.
UNREPORTED = ("runc", "gpu-toolkit")
KERNEL = ("kernel",)

RUNTIME_VERSION = "/status/nodeInfo/containerRuntimeVersion"
KERNEL_VERSION = "/status/nodeInfo/kernelVersion"


def concerning(advisories: Mapping[Ref, Advisory], components: tuple[str, ...]) -> Iterator[Predicate]:
    """For each advisory on some components, whether a container of a node can use the weakness."""
    for ref, advisory in advisories.items():
        if advisory.spec.component in components:
            yield _predicate(ref, advisory.spec)


def _predicate(ref: Ref, stated: AdvisorySpec) -> Predicate:
    about = Allowed((Fact(ref, "/spec/component", stated.component),))

    def usable(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
        concerned = all_of(about, _is_of(ref, stated, node), _is_open(ref, stated, node))
        if isinstance(concerned, Denied):
            return
        needs = [_met(spec, vantage, node, need) for need in stated.needs or ()]
        verdict = all_of(concerned, linux(spec, node), Allowed(vantage.because), unsandboxed(spec), *needs)
        if not isinstance(verdict, Denied):
            yield verdict

    return usable


def _is_of(ref: Ref, stated: AdvisorySpec, node: NodeInfo | None) -> Verdict:
    """Whether the node's image is one that the advisory speaks of; of kernels each distribution has its own."""
    system = node.os_image if node is not None else ""
    if stated.os is None:
        return Denied() if stated.component in KERNEL else Allowed(())
    if not system:
        return Undecided((), (doubt(f"the node runs {stated.os}", "nodes"),))
    because = (Fact(ref, "/spec/os", stated.os), *image(node))
    return Allowed(because) if system.startswith(stated.os) else Denied(because)


def _is_open(ref: Ref, stated: AdvisorySpec, node: NodeInfo | None) -> Verdict:
    """Whether the node has a version from `introduced` on and below `fixed`."""
    of_kernel = stated.component in KERNEL
    reported = (node.kernel_version if of_kernel else node.container_runtime_version) if node is not None else ""
    at = KERNEL_VERSION if of_kernel else RUNTIME_VERSION
    below = f"older than {stated.fixed}" if stated.fixed else "one of those concerned"
    unknown = (doubt(f"the node's {stated.component} is {below}", "nodes"),)
    if stated.component in UNREPORTED:
        return Undecided((), unknown)
    name, _, version = reported.rpartition("://")
    if not reported:
        return Undecided((Fact(TARGET, at, None),), unknown)
    because = (*_range(ref, stated), Fact(TARGET, at, reported))
    if not of_kernel and name != stated.component:
        return Denied(because)
    if not _numbers(version):
        return Undecided((Fact(TARGET, at, reported),), unknown)
    is_fixed = bool(stated.fixed) and _numbers(version) >= _numbers(stated.fixed)
    return Denied(because) if is_fixed or _numbers(version) < _numbers(stated.introduced) else Allowed(because)


def _range(ref: Ref, stated: AdvisorySpec) -> Evidence:
    ends = (("introduced", stated.introduced), ("fixed", stated.fixed))
    return tuple(Fact(ref, f"/spec/{key}", value) for key, value in ends if value)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: those of `5.10.205-195.807.amzn2` are 5, 10, 205, 195 and 807."""
    parts = takewhile(str.isdecimal, re.split(r"[.+-]", version.removeprefix("v")))
    numbers = [int(part) for part in parts]
    while numbers and not numbers[-1]:
        del numbers[-1]
    return tuple(numbers)


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
    """Whether no seccomp profile stands between a container and the kernel's calls."""
    if security(vantage).privileged:
        return privileged(spec, vantage)
    own = security(vantage).seccomp_profile or Profile()
    shared = (spec.security_context or PodSecurityContext()).seccomp_profile or Profile()
    profile, because = inherited(vantage, "seccompProfile", own.type, shared.type, below=("type",))
    return Allowed(because) if profile in (None, "Unconfined") else Denied(because)
