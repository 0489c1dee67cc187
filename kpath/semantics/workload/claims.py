"""Which claims for storage a container mounts, and what it can do with what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import OWN_NAME, PodSpec, Volume, VolumeMount
from kpath.refs import Ref
from kpath.semantics.workload.facts import SPEC, fact
from kpath.semantics.workload.hostpaths import normalised
from kpath.semantics.workload.tokens import claim_of, volume_claims
from kpath.semantics.workload.vantages import Vantage, vantages
from kpath.verdict import Allowed, Denied, Verdict


class ClaimMount(Struct, frozen=True):
    """A claim that a container mounts: which, what part of it, and whether it can be written."""

    name: str
    path: str
    because: Evidence
    writable: Verdict


class Claimed(Struct, frozen=True):
    """A claim that pods mount in one way."""

    claim: Ref
    mount: ClaimMount
    pods: Refs


@memoised
def claimed(model: Model) -> tuple[Claimed, ...]:
    """Every way in which containers mount claims."""
    groups: dict[tuple[Ref, ClaimMount], list[Refs]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            for mount in claim_mounts(each.spec, vantage):
                for claim, because, pods in _spelt(model, each, mount.name, mount.because):
                    key = (claim, replace(mount, name=claim.name, because=because))
                    groups.setdefault(key, []).append(pods)
    return tuple(Claimed(claim, mount, _all(pods)) for (claim, mount), pods in groups.items())


@memoised
def declared(model: Model) -> Mapping[tuple[Ref, Evidence], Refs]:
    """The claims in the volumes of pods, mounted or not, and the fields that say so."""
    groups: dict[tuple[Ref, Evidence], list[Refs]] = {}
    for each in model.pods.classes:
        for name, because in volume_claims(each.spec):
            for claim, why, pods in _spelt(model, each, name, because):
                groups.setdefault((claim, why), []).append(pods)
    return {key: _all(pods) for key, pods in groups.items()}


def secrets_for_drivers(model: Model, claim: Ref) -> Iterator[tuple[Ref, Evidence]]:
    """The Secrets that a kubelet hands to the driver of a claim's volume, and the fields that name them.

    Those for its controller are not among them: no node may read these.
    """
    bound = model.claims.get(claim)
    name = bound.spec.volume_name if bound is not None else None
    volume = model.volumes.get(Ref(f"pv/{name}"))
    source = volume.spec.csi if volume is not None else None
    if source is None:
        return
    for field, secret in (
        ("nodePublishSecretRef", source.node_publish_secret_ref),
        ("nodeStageSecretRef", source.node_stage_secret_ref),
        ("nodeExpandSecretRef", source.node_expand_secret_ref),
    ):
        if secret is not None and secret.name and secret.namespace:
            at = pointer("spec", "csi", field)
            named = (
                Fact(Ref(f"pv/{name}"), f"{at}/{key}", value)
                for key, value in (("namespace", secret.namespace), ("name", secret.name))
            )
            yield (
                Ref(f"secret/{secret.namespace}/{secret.name}"),
                (Fact(claim, "/spec/volumeName", name), *named),
            )


def _spelt(model: Model, each: PodClass, name: str, because: Evidence) -> Iterator[tuple[Ref, Evidence, Refs]]:
    """The claims that a name in a class stands for: one, or one for each of its pods, called after the pod."""
    pods = model.pods.of([each])
    if OWN_NAME not in name:
        yield Ref(f"pvc/{each.namespace}/{name}"), because, pods
        return
    for pod in pods:
        own = name.replace(OWN_NAME, pod.name)
        facts = tuple(replace(fact, value=own) if fact.value == name else fact for fact in because)
        yield Ref(f"pvc/{each.namespace}/{own}"), facts, model.names.refs([pod])


def _all(found: list[Refs]) -> Refs:
    return found[0] if len(found) == 1 else reduce(or_, found)


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
