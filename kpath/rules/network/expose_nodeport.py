from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.exposure import READS, by_node_port


@rule(
    verb="reaches, by a port of every node,",
    attack=("T1133",),
    difficulty=1, noise=1, gain=2,
    reads=READS,
    breaks=("M-LB-INTERNAL",),
)  # fmt: skip
def expose_nodeport(model: Model) -> Iterator[Step]:
    """Reach the pods behind a Service by a port that every node opens for it.

    When:
        The Service has a `nodePort` and selects pods. From the internet, some node needs an external address; the
        security group has to admit it.

    Trap:
        On private nodes it is reached from the VPC alone. A Service of type LoadBalancer has such ports as well.
        `externalTrafficPolicy: Cluster` hides the client from ingress policies.
    """
    for each in by_node_port(model):
        yield Step(each.source, each.endpoints, each.because, each.assumes)
