from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.balancers import VPC
from kpath.semantics.workload.cni import addressed_by_vpc
from kpath.semantics.workload.endpoints import every
from kpath.semantics.workload.isolation import READS, receivers
from kpath.verdict import Denied

ADMITTED = Assumption("the security groups of nodes and pods admit it")


@rule(
    verb="reaches, by the addresses of its pods,",
    attack=("T1210",),
    difficulty=1, noise=1, gain=2,
    reads=READS | {"clusters"},
    breaks=("M-NP-DENY", "M-SG-POD"),
)  # fmt: skip
def vpc_pod_reach(model: Model) -> Iterator[Step]:
    """Reach pods from another machine of the VPC, without any Service.

    When:
        Pods have addresses of the VPC: Amazon's plugin runs, or the cluster is EKS's and no overlay is seen.

    Trap:
        The addresses of an overlay are not routed in the VPC. Cilium may be one or not.
    """
    verdict = addressed_by_vpc(model)
    if isinstance(verdict, Denied):
        return
    for endpoints, guarded in receivers(model, every(model)):
        yield Step(VPC, endpoints, verdict.because, (*verdict.assumes, ADMITTED, *guarded))
