from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.kubelets import DIRECT, data_of


@rule(
    verb="has the kubelet write",
    attack=("T1552.001",),
    difficulty=3, noise=1, gain=2,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def node_checkpoint(model: Model) -> Iterator[Step]:
    """Have a kubelet write the memory of a container to the node's disk.

    When:
        `create` on `nodes/checkpoint`, cluster-wide, names of nodes included, and the kubelet's port in reach.

    Trap:
        It gives the memory to nobody who cannot read files of the node, and runs no command.
    """
    for grant in grants(model, "create", "nodes/checkpoint"):
        yield Step(grant.subjects, data_of(model, grant, "checkpoint"), grant.because, (*grant.assumes, DIRECT))
