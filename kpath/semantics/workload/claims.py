"""Which claims for storage a container mounts, and what it can do with what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Evidence, pointer
from kpath.model.wire_pod import PodSpec, Volume, VolumeMount
from kpath.semantics.workload.facts import SPEC, fact
from kpath.semantics.workload.hostpaths import normalised
from kpath.semantics.workload.tokens import claim_of
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Verdict


class ClaimMount(Struct, frozen=True):
    """A claim that a container mounts: which, what part of it, and whether it can be written."""

    name: str
    path: str
    because: Evidence
    writable: Verdict


def claim_mounts(spec: PodSpec, vantage: Vantage) -> tuple[ClaimMount, ...]:
    """The claims that this container mounts, as files or as a device."""
    return tuple(dict.fromkeys(_claim_mounts(spec, vantage)))


def _claim_mounts(spec: PodSpec, vantage: Vantage) -> Iterator[ClaimMount]:
    devices = {each.name for each in vantage.container.volume_devices or ()}
    for index, volume in enumerate(spec.volumes or ()):
        at = SPEC + pointer("volumes", index)
        for name, named in claim_of(at, volume):
            because = (*vantage.because, *named)
            if volume.name in devices:
                yield ClaimMount(name, "/", because, _writable(at, volume))
            for number, mount in enumerate(vantage.container.volume_mounts or ()):
                if mount.name == volume.name:
                    place = vantage.at + pointer("volumeMounts", number)
                    path, part = _part(place, mount)
                    yield ClaimMount(name, path, (*because, *part), _writable(at, volume, place, mount))


def _part(at: str, mount: VolumeMount) -> tuple[str, Evidence]:
    """The part of a volume that is mounted; one that depends on a variable may be any."""
    if not mount.sub_path:
        return "/", ()
    return normalised(mount.sub_path), (fact(at, "subPath", value=mount.sub_path),)


def _writable(at: str, volume: Volume, place: str = "", mount: VolumeMount | None = None) -> Verdict:
    claim = volume.persistent_volume_claim
    switches = [(at + "/persistentVolumeClaim", claim.read_only if claim is not None else None)]
    if mount is not None:
        switches.append((place, mount.read_only))
    because = tuple(fact(of, "readOnly", value=value) for of, value in switches)
    return Denied(because) if any(value for _, value in switches) else Allowed(because)
