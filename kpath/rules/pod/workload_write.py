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
    for grant in launches.through_controllers(model):
        for admitted in launches.admitting(model, grant):
            yield Step(grant.subjects, nodes, (*grant.because, *admitted.because), (*grant.assumes, *admitted.assumes))


@barrier(workload_write)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The Pod Security level of a namespace in which one may write controllers."""
    for grant in launches.through_controllers(model):
        for because in launches.refusal(model, grant):
            held = model.names.refs(ref for ref in grant.subjects if holds(ref))
            yield Block(held, launches.escape_nodes(model), because)
