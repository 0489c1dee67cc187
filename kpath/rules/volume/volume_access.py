from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.colocated import claims


@rule(
    verb="mounts for its pods",
    attack=("T1613",),
    difficulty=1, noise=1, gain=1,
    reads={"pods", "nodes"},
)  # fmt: skip
def volume_access(model: Model) -> Iterator[Step]:
    """See every claim for storage of the pods on a node.

    When:
        A pod on the node declares a volume that stands for the claim, whichever of its containers mount it.

    Trap:
        The volume is mounted on the node for as long as the pod is there. Of EFS and S3 volumes the node has the
        driver's access as well.
    """
    for each in claims(model):
        nodes = model.names.refs(model.nodes[number].ref for number in each.nodes.tolist())
        yield Step(nodes, each.target, each.because, each.assumes, by=each.pods)
