from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import serving
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import pods
from kpath.semantics.workload.endpoints import endpoints_of

VERBS = ("get", "create", "update", "patch", "delete")


@rule(
    verb="has the API server send requests to",
    attack=("T1090",),
    difficulty=1, noise=2, gain=3,
    reads=READS | serving.READS,
    breaks=("M-RBAC-REMOVE", "M-NP-DENY"),
)  # fmt: skip
def pod_proxy(model: Model) -> Iterator[Step]:
    """Send requests to pods and Services by way of the API server.

    When:
        `get`, `create`, `update`, `patch` or `delete` on `pods/proxy` or `services/proxy`, names included.

    Trap:
        A network policy that keeps the control plane out breaks it, as it does not break a forwarded port. Addresses
        of the link and the loopback are refused.
    """
    for verb in VERBS:
        for grant in grants(model, verb, "pods/proxy"):
            for found, doubts in serving.by_policy(model, endpoints_of(model, pods(model, grant))):
                yield Step(grant.subjects, found, grant.because, (*grant.assumes, *doubts))
        for grant in grants(model, verb, "services/proxy"):
            for found, doubts in serving.by_policy(model, serving.served(model, grant)):
                yield Step(grant.subjects, found, grant.because, (*grant.assumes, *doubts))
