from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.kubelets import DIRECT, data_of


@rule(
    verb="reads",
    attack=("T1552.001",),
    difficulty=3, noise=1, gain=2,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def node_log_read(model: Model) -> Iterator[Step]:
    """Read the logs of a node through its kubelet.

    When:
        `get` on `nodes/log`, cluster-wide, names of nodes included, and the kubelet's port in reach.

    Trap:
        It runs no command. Through the API server `nodes/proxy` is asked for instead.
    """
    for grant in grants(model, "get", "nodes/log"):
        yield Step(grant.subjects, data_of(model, grant, "journal"), grant.because, (*grant.assumes, DIRECT))
