from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import claims, launches
from kpath.semantics.rbac.grants import READS, grants


@rule(
    verb="mounts, by a PersistentVolume of its making, the disk of",
    attack=("T1611", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS | claims.READS,
    breaks=("M-RBAC-REMOVE", "M-VAP", "M-CTX-NONROOT"),
)  # fmt: skip
def pv_hostpath_create(model: Model) -> Iterator[Step]:
    """Mount a path of the host through a PersistentVolume, past what is forbidden to pods.

    When:
        `create` on `persistentvolumes` by a ClusterRoleBinding; and in one namespace the right to make a pod, and
        `create` on `persistentvolumeclaims` or a claim that has no volume yet.

    Trap:
        Pod Security, at every level, and constraints on host paths look at the volumes of the pod, where there is
        only a claim. A RoleBinding that grants `persistentvolumes` is inert.
    """
    nodes = launches.escape_nodes(model)
    for subjects, because, assumes in claims.mounting(model, grants(model, "create", "persistentvolumes")):
        yield Step(subjects, nodes, because, assumes)
