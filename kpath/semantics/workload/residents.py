"""Which pods are on which node, as facts of the pods."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from kpath.evidence import TARGET, Assumption, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.sets import Refs
from kpath.model.tables import Model, Node
from kpath.semantics.workload.places import ANYWHERE

READS = frozenset({"pods", "nodes"})

NODE_NAME = "/spec/nodeName"


class Resident(Struct, frozen=True):
    """Pods on a node, or that may come there."""

    pods: Refs
    node: Node
    because: Evidence
    assumes: tuple[Assumption, ...]


def residents(model: Model) -> Iterator[Resident]:
    """The pods of each node but those of Fargate, which have theirs to themselves."""
    for classes, field, value in _groups(model):
        for number, pods, certain in model.pods.per_node(model.pods.of(classes)):
            node = model.nodes[number]
            if node.compute == "fargate":
                continue
            known = certain and not node.is_placeholder
            at_home = node.name if known else None
            fact = Fact(TARGET, field, at_home if field == NODE_NAME else value)
            yield Resident(pods, node, (fact,), () if known else (ANYWHERE,))


def _groups(model: Model) -> Iterator[tuple[list[PodClass], str, str | None]]:
    """Pods that were seen, by where they are; pods that would be made, by what their template says of nodes."""
    yield [each for each in model.pods.classes if each.origin is None], NODE_NAME, None
    planned: dict[str | None, list[PodClass]] = {}
    for each in model.pods.classes:
        if each.origin is not None:
            selector = each.spec.node_selector
            value = msgspec.json.encode(selector).decode() if selector else None
            planned.setdefault(value, []).append(each)
    for value, classes in planned.items():
        yield classes, "/spec/nodeSelector", value
