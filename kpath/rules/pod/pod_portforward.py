from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import before, pods
from kpath.semantics.workload.endpoints import endpoints_of


@rule(
    verb="forwards a port of its own to",
    attack=("T1090",),
    difficulty=1, noise=2, gain=3,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-GK-CONNECT"),
)  # fmt: skip
def pod_portforward(model: Model) -> Iterator[Step]:
    """Tunnel to the ports of a pod, those on its loopback included.

    When:
        `create` on `pods/portforward`, names included; before 1.35 `get` is enough.

    Trap:
        The traffic comes up inside the pod's network: no network policy breaks it. Of a pod on the host's network
        the services of the node are in reach.
    """
    for grant in grants(model, "create", "pods/portforward"):
        yield Step(grant.subjects, endpoints_of(model, pods(model, grant)), grant.because, grant.assumes)
    older = before(model, 35, "`get` is enough for a WebSocket")
    for grant in grants(model, "get", "pods/portforward") if older is not None else ():
        targets = endpoints_of(model, pods(model, grant))
        yield Step(grant.subjects, targets, grant.because, (*grant.assumes, *(older or ())))
