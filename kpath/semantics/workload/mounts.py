"""Which paths of its host a container sees, and what it can do there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, pointer
from kpath.model.wire_pod import HostPath, PodSpec, VolumeMount
from kpath.semantics.workload import hostpaths
from kpath.semantics.workload.capabilities import privileged
from kpath.semantics.workload.context import host_users, in_socket_group, root
from kpath.semantics.workload.facts import SPEC, doubt, fact, provided
from kpath.semantics.workload.hostpaths import covers, inside, touches
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of


class HostMount(Struct, frozen=True):
    """A path of the host that a container mounts: where, what for, and why.

    `writable` speaks of the path's own file system, `submounts` of those mounted
    below it: an ordinary read-only mount leaves them writable.
    """

    path: str
    writable: Verdict
    submounts: Verdict
    recursive_read_only: bool
    because: Evidence
    at: str
    kind: str | None = None
    assumes: tuple[Assumption, ...] = ()

    @property
    def exposed(self) -> Verdict:
        """Whether the container sees the path."""
        return all_of(Allowed(self.because), provided(self.assumes))


def host_mounts(spec: PodSpec, vantage: Vantage) -> tuple[HostMount, ...]:
    """The host's paths that this container mounts."""
    sources = {volume.name: (index, volume.host_path) for index, volume in enumerate(spec.volumes or ())}
    found = []
    for number, mount in enumerate(vantage.container.volume_mounts or ()):
        index, source = sources.get(mount.name, (0, None))
        if source is not None:
            volume = SPEC + pointer("volumes", index)
            found.append(_host_mount(volume, source, vantage.at + pointer("volumeMounts", number), mount))
    return tuple(found)


def _host_mount(volume: str, source: HostPath, at: str, mount: VolumeMount) -> HostMount:
    because: Evidence = (fact(volume, "hostPath", "path", value=source.path),)
    below = mount.sub_path or ""
    assumes: tuple[Assumption, ...] = ()
    if mount.sub_path:
        because += (fact(at, "subPath", value=mount.sub_path),)
    elif mount.sub_path_expr:
        because += (fact(at, "subPathExpr", value=mount.sub_path_expr),)
        below, assumes = _literal(mount.sub_path_expr)
    recursive = mount.recursive_read_only
    return HostMount(
        path=hostpaths.normalised(f"{source.path}/{below}"),
        writable=_writable(at, read_only=mount.read_only),
        submounts=_submounts(at, recursive),
        recursive_read_only=recursive == "Enabled",
        because=because,
        at=at,
        kind=source.type if not below else None,
        assumes=assumes,
    )


def _literal(expression: str) -> tuple[str, tuple[Assumption, ...]]:
    """What is certain of a path with variables in it: everything above the first."""
    head, variable, _ = expression.partition("$(")
    if not variable:
        return expression, ()
    return head.rpartition("/")[0], (doubt(f"{expression} leads to what is worth having"),)


def _writable(at: str, *, read_only: bool | None) -> Verdict:
    because = (fact(at, "readOnly", value=read_only),)
    return Denied(because) if read_only else Allowed(because)


def _submounts(at: str, recursive: str | None) -> Verdict:
    because = (fact(at, "recursiveReadOnly", value=recursive),)
    if recursive == "Enabled":
        return Denied(because)
    if recursive == "IfPossible":
        return Undecided(because, (Assumption("the node cannot mount read-only recursively"),))
    return Allowed(because)


def exposes_for_write(mount: HostMount, paths: Iterable[str]) -> Verdict:
    """Whether a container can write to one of some paths, or below it, through a mount."""
    near = [path for path in paths if covers(mount.path, path) or inside(mount.path, path)]
    if not near:
        return Denied()
    if not isinstance(mount.writable, Denied):
        return all_of(mount.exposed, mount.writable)
    below = [path for path in near if path != mount.path and covers(mount.path, path)]
    mounted = [each for each in hostpaths.SUBMOUNTS if each != mount.path and covers(mount.path, each)]
    if any(inside(path, each) for each in mounted for path in below):
        return all_of(mount.exposed, mount.submounts)
    apart = [path for path in below if path in hostpaths.PARTITIONS]
    if apart:
        assumed = provided((doubt(f"{apart[0]} is a file system of its own"),))
        return all_of(mount.exposed, mount.submounts, assumed)
    return mount.writable


def host_write(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which writing makes the host run code."""
    yield from _holding(_obeyed(spec, vantage, mount) for mount in host_mounts(spec, vantage))


def host_read(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which the host's credentials can be read."""
    mounts = host_mounts(spec, vantage)
    yield from _holding(mount.exposed for mount in mounts if hostpaths.holds_credentials(mount.path))


def reaches_kubelet_pods(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which the volumes of other pods on the node can be read."""
    mounts = host_mounts(spec, vantage)
    yield from _holding(mount.exposed for mount in mounts if touches(mount.path, (hostpaths.KUBELET_PODS,)))


def runtime_socket(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which the container may open the container runtime's socket, read-only or not."""
    yield from _holding(_opened(spec, vantage, mount) for mount in host_mounts(spec, vantage))


def core_pattern(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which the host's `core_pattern` can be written."""
    mounts = (mount for mount in host_mounts(spec, vantage) if covers(mount.path, hostpaths.CORE_PATTERN))
    yield from _holding(exposes_for_write(mount, (hostpaths.CORE_PATTERN,)) for mount in mounts)


def cgroups(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which a hierarchy of the first version of cgroups can be written."""
    yield from _holding(_hierarchy(mount) for mount in host_mounts(spec, vantage))


def static_pods(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which a manifest comes to where a kubelet looks for its own pods."""
    mounts = host_mounts(spec, vantage)
    yield from _holding(exposes_for_write(mount, (hostpaths.STATIC_PODS,)) for mount in mounts)


def control_socket(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which a service of the host that acts as root is commanded, or a plugin of the kubelet posed as."""
    yield from _holding(_commanded(mount) for mount in host_mounts(spec, vantage))


def host_processes(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which the processes of the host are seen."""
    yield from _holding(mount.exposed for mount in host_mounts(spec, vantage) if mount.path in ("/", "/proc"))


def _hierarchy(mount: HostMount) -> Verdict:
    if covers(mount.path, hostpaths.CGROUPS):
        # Each hierarchy is a file system of its own, mounted below.
        return all_of(mount.exposed, any_of(mount.writable, mount.submounts))
    if inside(mount.path, hostpaths.CGROUPS):
        return all_of(mount.exposed, mount.writable)
    return Denied()


def _commanded(mount: HostMount) -> Verdict:
    connects = any(covers(mount.path, each) for each in (*hostpaths.CONTROL_SOCKETS, hostpaths.PLUGINS))
    if connects or inside(mount.path, hostpaths.PLUGINS):
        return mount.exposed
    if mount.path == f"{hostpaths.DEVICE_PLUGINS}/kubelet.sock":
        return all_of(mount.exposed, provided((doubt("a plugin's own socket can be put beside the kubelet's"),)))
    places = covers(mount.path, hostpaths.DEVICE_PLUGINS) or touches(mount.path, (hostpaths.PLUGINS_REGISTRY,))
    return all_of(mount.exposed, mount.writable) if places else Denied()


def logs(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    """Each mount by which links can be put among the logs of the node."""
    mounts = (mount for mount in host_mounts(spec, vantage) if covers(mount.path, hostpaths.LOGS))
    yield from _holding(exposes_for_write(mount, (hostpaths.LOGS,)) for mount in mounts)


def _obeyed(spec: PodSpec, vantage: Vantage, mount: HostMount) -> Verdict:
    path, kind = mount.path, mount.kind
    if hostpaths.is_harmless(path) or hostpaths.is_runtime_socket(path):
        return Denied(mount.because)
    # A user namespace maps files to the host's root, but writes nothing of the kernel's.
    written = any_of(
        exposes_for_write(mount, hostpaths.FILES),
        all_of(exposes_for_write(mount, hostpaths.KERNEL), host_users(spec)),
        all_of(exposes_for_write(mount, hostpaths.DEVICES), privileged(spec, vantage)),
    )
    if hostpaths.is_obeyed(path) and not hostpaths.is_socket(path, kind):
        return written
    return all_of(written, provided((doubt(f"the host runs or obeys what {path} holds"),)))


def _opened(spec: PodSpec, vantage: Vantage, mount: HostMount) -> Verdict:
    docker = covers(mount.path, hostpaths.DOCKER_SOCKET)
    if not docker and not any(covers(mount.path, each) for each in hostpaths.ROOT_SOCKETS):
        return Denied(mount.because)
    opens = any_of(root(spec, vantage), in_socket_group(spec, vantage, any_group=docker))
    return all_of(mount.exposed, opens)


def _holding(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """What is not denied, once each: a volume may be mounted twice."""
    yield from dict.fromkeys(verdict for verdict in verdicts if not isinstance(verdict, Denied))
