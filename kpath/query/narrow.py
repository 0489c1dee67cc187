"""A question that starts in one container of a pod."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.evidence import SOURCE
from kpath.graph.build import Arrow, Witness
from kpath.graph.graph import Steps
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref, container_of

_CONTAINER = re.compile(r"/spec/((?:init|ephemeral)?[cC]ontainers)/(\d+)(?:/|$)")


class Start(Struct, frozen=True):
    """A pod by its number, where its container stands in it, and the other containers that have refs of their own."""

    pod: int
    at: frozenset[str]
    others: tuple[tuple[int, frozenset[str]], ...]


def only_container(steps: Steps, sources: Sequence[Ref], name: str) -> Steps:
    """The steps without those that need another container of the pods that one starts from.

    Where containers see each other's processes, what another one can do begins there, and not at the pod.
    Raises `UsageError` where no such pod has a container of that name.
    """
    starts = [start for ref in sources if (start := _start(steps.model, ref, name)) is not None]
    if not any(start.at for start in starts):
        raise UsageError(f"no container of {', '.join(sources)} is called `{name}`")
    return Steps(steps.model, tuple(arrow for each in steps.arrows for arrow in _narrowed(each, starts)))


def _start(model: Model, ref: Ref, name: str) -> Start | None:
    number = model.names.find(ref)
    if ref.kind != "pod" or number is None:
        return None
    places = _places(model.pods.class_of(number).spec)
    others = (
        (found, at)
        for other, at in places.items()
        if other != name and (found := model.names.find(container_of(ref, other))) is not None
    )
    return Start(number, places.get(name, frozenset()), tuple(others))


def _places(spec: PodSpec) -> dict[str, frozenset[str]]:
    """Where the containers of each name stand."""
    listed = (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    )
    found: dict[str, frozenset[str]] = {}
    for field, each in listed:
        for index, one in enumerate(each or ()):
            found[one.name] = found.get(one.name, frozenset()) | {f"{field}/{index}"}
    return found


def _narrowed(arrow: Arrow, starts: Sequence[Start]) -> Iterator[Arrow]:
    """An arrow as it is for others, and for each pod that one starts from what its containers witness."""
    here = [start for start in starts if arrow.sources.has(start.pod)]
    if not here or all(_is_of(witness, frozenset()) for witness in arrow.witnesses):
        yield arrow
        return
    left = np.setdiff1d(arrow.sources.ids, [start.pod for start in here])
    if len(left):
        yield replace(arrow, sources=Refs(arrow.sources.names, left))
    for start in here:
        for number, at in ((start.pod, start.at), *start.others):
            of = tuple(witness for witness in arrow.witnesses if _is_of(witness, at))
            if of:
                yield replace(arrow, sources=Refs(arrow.sources.names, np.array([number], np.int32)), witnesses=of)


def _is_of(witness: Witness, places: frozenset[str]) -> bool:
    """Whether a witness speaks of no container but these."""
    named = {
        f"{found[1]}/{found[2]}"
        for fact in witness.because
        if fact.of == SOURCE and (found := _CONTAINER.match(fact.at)) is not None
    }
    return named <= places
