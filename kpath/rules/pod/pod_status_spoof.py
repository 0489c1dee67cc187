from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import serving
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.nodes import users_of
from kpath.semantics.workload.colocated import services

REVERTED = Assumption("the kubelet does not put it right at once", Confidence.LOW)


@rule(
    verb="forges what pods say of themselves and has",
    attack=("T1557",),
    difficulty=4, noise=3, gain=3,
    reads=READS | serving.READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def pod_status_spoof(model: Model) -> Iterator[Step]:
    """Have the traffic of a Service by forging the address of a pod behind it.

    When:
        `update` or `patch` on `pods/status`, names included, of a pod that a Service selects; or the identity of a
        node that such a pod is on.

    Trap:
        A kubelet that is not the attacker's soon writes the true status again.
    """
    for verb in ("update", "patch"):
        for grant in grants(model, verb, "pods/status"):
            yield Step(grant.subjects, serving.traffic(model, grant), grant.because, (*grant.assumes, REVERTED))
    for each in services(model):
        target = serving.traffic_to(each.target)
        yield Step(users_of(model, each.nodes), target, each.because, each.assumes, by=each.pods)
