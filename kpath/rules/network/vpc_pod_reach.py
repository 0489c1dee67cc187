from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import sub

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol.barred import holding
from kpath.semantics.netpol.ends import READS, from_vpc
from kpath.semantics.netpol.policy import INGRESS
from kpath.semantics.workload.balancers import VPC
from kpath.semantics.workload.cni import addressed_by_vpc
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.verdict import Denied

ADMITTED = Assumption("the security groups of nodes and pods admit it")


@rule(
    verb="reaches, by the addresses of its pods,",
    attack=("T1210",),
    difficulty=1, noise=1, gain=2,
    reads=READS,
    breaks=("M-NP-DENY", "M-NP-ENGINE", "M-SG-POD"),
)  # fmt: skip
def vpc_pod_reach(model: Model) -> Iterator[Step]:
    """Reach pods from another machine of the VPC, without any Service.

    When:
        Pods have addresses of the VPC: Amazon's plugin runs, or the cluster is EKS's and no overlay is seen. The
        policies of the pods let in what comes from such an address, or nothing holds the pods to them.

    Trap:
        The addresses of an overlay are not routed in the VPC. Cilium may be one or not.
    """
    verdict = addressed_by_vpc(model)
    if isinstance(verdict, Denied):
        return
    for each in from_vpc(model):
        because, assumes = (*verdict.because, *each.of_target), (*verdict.assumes, ADMITTED, *each.assumes)
        yield Step(VPC, endpoints_of(model, each.pods), because, assumes, by=each.pods)


@barrier(vpc_pod_reach)
def closed(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep the VPC from pods."""
    reached = [each.pods for each in from_vpc(model) if not each.assumes]
    for each in holding(model, model.pods.of(model.pods.classes), INGRESS) if holds(VPC) else ():
        left = reduce(sub, reached, each.pods)
        if len(left):
            yield Block(VPC, endpoints_of(model, left), each.because)
