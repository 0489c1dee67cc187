"""A question that starts in one container of a pod."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kpath.errors import UsageError
from kpath.evidence import SOURCE
from kpath.graph.build import Arrow, Witness
from kpath.graph.graph import Steps
from kpath.model.sets import Refs
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref

_CONTAINER = re.compile(r"/spec/((?:init|ephemeral)?[cC]ontainers)/(\d+)(?:/|$)")


def only_container(steps: Steps, sources: Sequence[Ref], name: str) -> Steps:
    """The steps without those that need another container of the pods that one starts from.

    Raises `UsageError` where no such pod has a container of that name.
    """
    model, ids = steps.model, set[int]()
    places: set[str] = set()
    for ref in sources:
        number = model.names.find(ref)
        if ref.kind == "pod" and number is not None:
            ids.add(number)
            places |= set(_places(model.pods.class_of(number).spec, name))
    if not places:
        raise UsageError(f"no container of {', '.join(sources)} is called `{name}`")
    narrowed = (_narrowed(arrow, ids, places) for arrow in steps.arrows)
    return Steps(model, tuple(arrow for arrow in narrowed if arrow is not None))


def _places(spec: PodSpec, name: str) -> list[str]:
    listed = (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    )
    return [f"{field}/{index}" for field, each in listed for index, one in enumerate(each or ()) if one.name == name]


def _narrowed(arrow: Arrow, ids: set[int], places: set[str]) -> Arrow | None:
    if any(_is_of(witness, places) for witness in arrow.witnesses) or not np.isin(arrow.sources.ids, [*ids]).any():
        return arrow
    left = arrow.sources.ids[~np.isin(arrow.sources.ids, [*ids])]
    if not len(left):
        return None
    return Arrow(arrow.rule, Refs(arrow.sources.names, left), arrow.targets, arrow.also, arrow.witnesses)


def _is_of(witness: Witness, places: set[str]) -> bool:
    """Whether a witness speaks of no container but these."""
    named = {
        f"{found[1]}/{found[2]}"
        for fact in witness.because
        if fact.of == SOURCE and (found := _CONTAINER.match(fact.at)) is not None
    }
    return named <= places
