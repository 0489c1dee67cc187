from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.nodes import joined
from kpath.semantics.rbac.restriction import READS, attracted

COMES = Assumption("a new pod is made, and comes to that node")


@rule(
    verb="gives itself the labels that are asked for by",
    attack=("T1036",),
    difficulty=3, noise=3, gain=3,
    reads=READS | {"nodes"},
    breaks=("M-NS-NODEPOOL",),
)  # fmt: skip
def node_label_attract(model: Model) -> Iterator[Step]:
    """Label one's own node so that sensitive pods come to it.

    When:
        The pod has a controller, and its `nodeSelector`, with some term of its required node affinity, asks only for
        labels that a kubelet may set on its node.

    Trap:
        Labels of one's own making, such as those for teams or pools, are among them; `node-restriction.kubernetes.io`
        is not. A taint is no label and stays.
    """
    for each in attracted(model):
        yield Step(joined(model), each.pods, each.because, (COMES,))
