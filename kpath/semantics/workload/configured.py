"""The ConfigMaps that containers see."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Evidence
from kpath.model.classes import PodClass
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import NameRef, PodSpec, Volume
from kpath.refs import Ref
from kpath.semantics.workload.facts import fact
from kpath.semantics.workload.tokens import mounted_volumes
from kpath.semantics.workload.vantages import Vantage, vantages

READS = frozenset({"pods"})

Names = Iterator[tuple[str, Evidence]]


def readers(model: Model, wanted: frozenset[Ref]) -> Iterator[tuple[Refs, Ref, Evidence]]:
    """The pods that see each of some ConfigMaps, and the field that gives it to them."""
    groups: dict[tuple[Ref, Evidence], list[PodClass]] = {}
    for each in model.pods.classes if wanted else ():
        for vantage in vantages(each.spec):
            for name, because in config_maps(each.spec, vantage):
                ref = Ref(f"configmap/{each.namespace}/{name}")
                if ref in wanted:
                    groups.setdefault((ref, (*vantage.because, *because)), []).append(each)
    for (ref, because), classes in groups.items():
        yield model.pods.of(classes), ref, because


def config_maps(spec: PodSpec, vantage: Vantage) -> Names:
    """The ConfigMaps whose contents this container sees, as files or as variables, each way it does."""
    for at, volume in mounted_volumes(spec, vantage):
        yield from _in_volume(at, volume)
    for index, variable in enumerate(vantage.container.env or ()):
        source = variable.value_from
        if source is not None:
            yield from _named(vantage.at, "env", index, "valueFrom", "configMapKeyRef", ref=source.config_map_key_ref)
    for index, group in enumerate(vantage.container.env_from or ()):
        yield from _named(vantage.at, "envFrom", index, "configMapRef", ref=group.config_map_ref)


def _in_volume(at: str, volume: Volume) -> Names:
    yield from _named(at, "configMap", ref=volume.config_map)
    sources = volume.projected.sources if volume.projected is not None else None
    for index, source in enumerate(sources or ()):
        yield from _named(at, "projected", "sources", index, "configMap", ref=source.config_map)


def _named(at: str, *tokens: str | int, ref: NameRef | None) -> Names:
    if ref is not None and ref.name:
        yield ref.name, (fact(at, *tokens, "name", value=ref.name),)
