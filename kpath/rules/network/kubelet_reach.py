from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload.isolation import READS, senders
from kpath.semantics.workload.platform import no_fargate


@rule(
    verb="connects to the kubelet,",
    attack=("T1046",),
    difficulty=1, noise=1, gain=1,
    reads=READS | {"nodes"},
    breaks=("M-NP-DENY", "M-GNP-HEP"),
)  # fmt: skip
def kubelet_reach(model: Model) -> Iterator[Step]:
    """Connect from a pod to the port of a kubelet.

    When:
        The node is no Fargate node. Where a network policy holds the pod, it is assumed that it lets the connection
        through.

    Trap:
        The port asks who is there: it is only where that check is missing that more follows. Amazon's plugin lets a
        pod connect to its own node whatever the policies say.
    """
    for sources, held in senders(model):
        for node in model.nodes:
            if node.compute != "fargate" and not node.is_placeholder:
                yield Step(sources, Ref(f"kubelet/{node.name}"), no_fargate(node), held)
