from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import before, pods
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.loopback import SHARED, loopbacks


@rule(
    verb="forwards a port of its own to",
    attack=("T1090",),
    difficulty=1, noise=2, gain=3,
    reads=READS | {"pods", "nodes"},
    breaks=("M-RBAC-REMOVE", "M-GK-CONNECT"),
)  # fmt: skip
def pod_portforward(model: Model) -> Iterator[Step]:
    """Tunnel to the ports of a pod, those on its loopback included.

    When:
        `create` on `pods/portforward`, names included; before 1.35 `get` is enough.

    Trap:
        The traffic comes up inside the pod's network: no network policy breaks it. Of a pod on the host's network
        what its node offers to itself alone is in reach.
    """
    older = before(model, 35, "`get` is enough for a WebSocket")
    ways = [(grant, grant.assumes) for grant in grants(model, "create", "pods/portforward")]
    for grant in grants(model, "get", "pods/portforward") if older is not None else ():
        ways.append((grant, (*grant.assumes, *(older or ()))))
    for grant, assumes in ways:
        reached = pods(model, grant)
        yield Step(grant.subjects, endpoints_of(model, reached), grant.because, assumes)
        for each in loopbacks(model, reached):
            because, doubts = (*grant.because, *SHARED), (*assumes, *each.assumes)
            yield Step(grant.subjects, each.nodes, because, doubts, by=each.pods)
