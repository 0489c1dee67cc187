from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="reaches the loopback services of",
    attack=("T1210",),
    difficulty=2, noise=1, gain=3,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTNS"),
)  # fmt: skip
def local_node_service(model: Model) -> Iterator[Step]:
    """Reach what a node offers to itself alone.

    When:
        `hostNetwork`, on a Linux node that is no Fargate.

    Trap:
        Which services listen there is not in the snapshot: of note are the CNI's address service, node-local
        proxies, ports for debugging and metrics. No policy applies to loopback.
    """
    for place in places.escapes(model, workload.local_node_service):
        yield Step(place.pods, Ref(f"localhost/{place.node.name}"), place.because, place.assumes)
