from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol import exposed
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.exposure import by_host_port


@rule(
    verb="reaches, by a port of its node,",
    attack=("T1133",),
    difficulty=1, noise=1, gain=2,
    reads=exposed.READS,
    breaks=("M-LB-INTERNAL", "M-PSA-BASELINE"),
)  # fmt: skip
def expose_hostport(model: Model) -> Iterator[Step]:
    """Reach a pod by a port of the node that it is on.

    When:
        A container has a `hostPort`, or declares a port of a pod on the host's network. From the internet, that very
        node needs an external address; the security group has to admit it.

    Trap:
        It is reached on its own node, not on every one. A completed init container listens no more. A
        `hostIP` of the loopback network opens nothing, unless the pod is on the host's network, where none counts.
    """
    for each in exposed.reached(model, by_host_port):
        yield Step(each.source, endpoints_of(model, each.pods), each.because, each.assumes, by=each.pods)


@barrier(expose_hostport)
def kept_out(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep out what leads there."""
    for each in exposed.kept_out(model, by_host_port, holds):
        yield Block(each.source, endpoints_of(model, each.pods), each.because)
