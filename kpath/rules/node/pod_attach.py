from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.residents import READS, residents


@rule(
    verb="controls",
    attack=("T1609", "T1611"),
    difficulty=1, noise=1, gain=4,
    reads=READS,
    breaks=("M-NS-NODEPOOL", "M-FARGATE"),
)  # fmt: skip
def pod_attach(model: Model) -> Iterator[Step]:
    """Control every pod on a node that one is root on.

    When:
        The pod runs on the node.

    Trap:
        The pods of a DaemonSet bring their service account to every node.
    """
    for each in residents(model):
        yield Step(each.node.ref, each.pods, each.because, each.assumes)
