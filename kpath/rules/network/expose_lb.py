from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol import exposed
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.exposure import by_balancer


@rule(
    verb="reaches, through a load balancer,",
    attack=("T1133",),
    difficulty=1, noise=1, gain=2,
    reads=exposed.READS,
    breaks=("M-LB-INTERNAL",),
)  # fmt: skip
def expose_lb(model: Model) -> Iterator[Step]:
    """Reach the pods behind a Service of type LoadBalancer.

    When:
        The load balancer has an address, selects pods, and faces the internet for everybody; one that does not
        is reached from the VPC. Made by the AWS Load Balancer Controller or by Auto Mode, which a class or a type
        shows, it is internal unless its scheme says otherwise, made by the old controller in Kubernetes it faces the
        internet unless told not to.

    Trap:
        A load balancer without an address is not there. One whose name begins with `internal-`, or whose address is
        private, is internal whatever the annotations say. The old controller does not read the scheme. Source ranges
        that are not every address together keep everybody else out; with security groups named, these decide.
    """
    for each in exposed.reached(model, by_balancer):
        yield Step(each.source, endpoints_of(model, each.pods), each.because, each.assumes, by=each.pods)


@barrier(expose_lb)
def kept_out(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep out what leads there."""
    for each in exposed.kept_out(model, by_balancer, holds):
        yield Block(each.source, endpoints_of(model, each.pods), each.because)
