from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol import exposed
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.exposure import by_node_port


@rule(
    verb="reaches, by a port or an external address that nodes serve,",
    attack=("T1133",),
    difficulty=1, noise=1, gain=2,
    reads=exposed.READS,
    breaks=("M-LB-INTERNAL",),
)  # fmt: skip
def expose_nodeport(model: Model) -> Iterator[Step]:
    """Reach the pods behind a Service by a port that every node opens for it, or an address that every node takes up.

    When:
        The Service selects pods, and has a `nodePort`: from the internet, some node needs an external address. Or it
        has `externalIPs`, whatever its type: from the internet, one of them has to be public, and the network has to
        lead it to a node. The security group has to admit it.

    Trap:
        On private nodes it is reached from the VPC alone. A Service of type LoadBalancer has such ports as well.
        `externalTrafficPolicy: Cluster` hides the client from ingress policies. Loopback and link-local addresses are
        refused as `externalIPs`, and those of a headless Service open nothing.
    """
    for each in exposed.reached(model, by_node_port):
        yield Step(each.source, endpoints_of(model, each.pods), each.because, each.assumes, by=each.pods)


@barrier(expose_nodeport)
def kept_out(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep out what leads there."""
    for each in exposed.kept_out(model, by_node_port, holds):
        yield Block(each.source, endpoints_of(model, each.pods), each.because)
