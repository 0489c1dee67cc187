from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import traffic
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.workload.endpoints import every

FORWARDS = Assumption("an ingress controller or load balancer forwards to the addresses of a Service")
STAYS = Assumption("the endpoints controller does not put it right at once", Confidence.LOW)


@rule(
    verb="forges the addresses of a Service and reaches",
    attack=("T1557", "T1090"),
    difficulty=2, noise=3, gain=3,
    reads=READS | traffic.READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def endpointslice_forge(model: Model) -> Iterator[Step]:
    """Write any address into the endpoints of a Service: one's own for its clients, or another's for a proxy.

    When:
        `create`, `update` or `patch` on `endpointslices` of discovery.k8s.io, or on `endpoints`. Whoever forwards
        to the Service then connects to pods of any namespace, where policies trust the forwarder.

    Trap:
        Loopback and link-local addresses are refused. The Endpoints of a Service with a selector are put right by
        their controller; a further slice stays. A slice names its Service in a label, so its own name limits
        nothing. Neither `edit` nor `admin` has the right in clusters born with 1.22 or later.
    """
    for verb in ("create", "update", "patch"):
        for grant in grants(model, verb, "endpointslices", "discovery.k8s.io"):
            yield Step(grant.subjects, every(model), grant.because, (*grant.assumes, FORWARDS))
            targets = traffic.in_scope(model, traffic.every(model), grant)
            yield Step(grant.subjects, targets, grant.because, grant.assumes)
        for grant in grants(model, verb, "endpoints"):
            yield Step(grant.subjects, every(model), grant.because, (*grant.assumes, FORWARDS))
            for services, doubts in ((traffic.handwritten(model), ()), (traffic.selecting(model), (STAYS,))):
                targets = traffic.of(model, services, grant)
                yield Step(grant.subjects, targets, grant.because, (*grant.assumes, *doubts))
