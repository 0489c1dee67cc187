from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kpath.evidence import TARGET, Fact
from kpath.model.classes import PodClass
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.places import ANYWHERE

NODE_NAME = "/spec/nodeName"


@rule(
    verb="controls",
    attack=("T1609", "T1611"),
    difficulty=1, noise=1, gain=4,
    reads={"pods", "nodes"},
    breaks=("M-NS-NODEPOOL", "M-FARGATE"),
)  # fmt: skip
def pod_attach(model: Model) -> Iterator[Step]:
    """Control every pod on a node that one is root on.

    When:
        The pod runs on the node.

    Trap:
        The pods of a DaemonSet bring their service account to every node.
    """
    for classes, field, value in _groups(model):
        for number, pods, certain in model.pods.per_node(classes):
            node = model.nodes[number]
            if node.compute == "fargate":
                continue
            known = certain and not node.is_placeholder
            at_home = node.name if known else None
            fact = Fact(TARGET, field, at_home if field == NODE_NAME else value)
            yield Step(node.ref, pods, (fact,), () if known else (ANYWHERE,))


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
