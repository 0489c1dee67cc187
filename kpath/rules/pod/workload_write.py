from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS


@rule(
    verb="has a controller create a pod that escapes to",
    attack=("T1610",),
    difficulty=1, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-PSA-BASELINE", "M-GK-PRIV", "M-RBAC-REMOVE", "M-NS-NODEPOOL"),
)  # fmt: skip
def workload_write(model: Model) -> Iterator[Step]:
    """Have a controller create a pod that escapes to its node.

    When:
        `create`, `update` or `patch` on Deployments, DaemonSets, StatefulSets, ReplicaSets and CronJobs,
        `create` on Jobs, in a namespace that lets a privileged pod in.

    Trap:
        The API group has to be right. `*/scale` cannot change a template.
    """
    nodes = launches.escape_nodes(model)
    for subjects, because, assumes in launches.escapes(model, launches.through_controllers(model)):
        yield Step(subjects, nodes, because, assumes)


@barrier(workload_write)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The Pod Security level of a namespace in which one may write controllers."""
    for held, because in launches.refusals(model, launches.through_controllers(model), holds):
        yield Block(held, launches.escape_nodes(model), because)
