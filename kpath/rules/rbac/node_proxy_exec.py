from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.kubelets import pods_on

UPGRADED = Assumption(
    "the kubelet's port is in reach, or the API server passes a WebSocket on to it", Confidence.MEDIUM
)


@rule(
    verb="has the kubelet run a command in",
    attack=("T1609",),
    difficulty=2, noise=1, gain=5,
    reads=READS,
    breaks=("M-RBAC-NODEPROXY", "M-RBAC-REMOVE", "M-NP-DENY", "M-GNP-HEP"),
)  # fmt: skip
def node_proxy_exec(model: Model) -> Iterator[Step]:
    """Run commands in any pod of a node through its kubelet.

    When:
        `create` or `get` on `nodes/proxy`, cluster-wide, names of nodes included; `get` is what a WebSocket asks for.

    Trap:
        `get` is no right to read only. `nodes/metrics`, `nodes/stats`, `nodes/log` and `nodes/spec` run nothing.
        There is no `pods/exec` in the audit log. Nodes of Fargate are no exception.
    """
    for verb, doubts in (("create", ()), ("get", (UPGRADED,))):
        for grant in grants(model, verb, "nodes/proxy"):
            for found, placed in pods_on(model, grant):
                yield Step(grant.subjects, found, grant.because, (*grant.assumes, *doubts, *placed))
