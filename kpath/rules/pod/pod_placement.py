from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, changed, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants


@rule(
    verb="chooses the nodes of pods in",
    attack=("T1610",),
    difficulty=1, noise=2, gain=2,
    reads=READS | launches.READS,
    breaks=("M-NS-NODEPOOL", "M-VAP"),
)  # fmt: skip
def pod_placement(model: Model) -> Iterator[Step]:
    """Choose the node of a pod.

    When:
        The right to make a pod, directly or through a controller; or `create` on `pods/binding`.

    Trap:
        It gives nothing by itself: it is a change. `nodeName` passes the scheduler by and every taint but NoExecute:
        taints alone are no boundary.
    """
    changes = {space: changed("POD_PLACEMENT", Ref(f"ns/{space}")) for space in sorted(model.spaces)}
    targets = {space: model.names.refs([ref]) for space, ref in changes.items()}
    everywhere = model.names.refs(changes.values())
    for found in (launches.direct(model), launches.through_controllers(model), grants(model, "create", "pods/binding")):
        for grant in found:
            there = everywhere if grant.namespace is None else targets.get(grant.namespace)
            if there is not None:
                yield Step(grant.subjects, there, grant.because, grant.assumes)
