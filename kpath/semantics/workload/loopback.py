"""Pods whose loopback is that of their node."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from kpath.evidence import VIA, Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload.context import linux
from kpath.semantics.workload.places import ANYWHERE, NOWHERE
from kpath.verdict import Denied

SHARED: Evidence = (Fact(VIA, "/spec/hostNetwork", "true"),)


class Loopback(Struct, frozen=True):
    """What nodes offer to themselves alone, and the pods on the network of those nodes; facts of one are of `VIA`."""

    nodes: Refs
    pods: Refs
    assumes: tuple[Assumption, ...]


@memoised
def _sharing(model: Model) -> Refs:
    classes = (each for each in model.pods.classes if each.spec.host_network)
    return model.pods.of([each for each in classes if not isinstance(linux(each.spec, None), Denied)])


@memoised
def _usable(model: Model) -> tuple[Ids, Ids]:
    """The nodes on which a pod may share the network, and of them those that are known."""
    found = [
        (number, node.is_placeholder)
        for number, node in enumerate(model.nodes)
        if node.compute != "fargate" and not isinstance(linux(PodSpec(), node.info), Denied)
    ]
    known = [number for number, is_placeholder in found if not is_placeholder]
    return np.array([number for number, _ in found], np.int32), np.array(known, np.int32)


def loopbacks(model: Model, pods: Refs) -> Iterator[Loopback]:
    """The loopbacks of nodes that are those of some pods too; with a doubt, of the nodes that these may come to."""
    sharing = pods & _sharing(model)
    there, maybe = model.pods.places(sharing)
    usable, known = _usable(model)
    certain = np.intersect1d(there, known)
    if len(certain):
        yield Loopback(_named(model, certain), sharing, ())
    doubtful = np.intersect1d(maybe, usable)
    if len(doubtful):
        yield Loopback(_named(model, doubtful), model.pods.on(sharing, NOWHERE), (ANYWHERE,))


def _named(model: Model, numbers: Ids) -> Refs:
    return model.names.refs(Ref(f"localhost/{model.nodes[number].name}") for number in numbers.tolist())
