from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants, together


@rule(
    verb="mounts, by a PersistentVolume of its making, the disk of",
    attack=("T1611", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-RBAC-REMOVE", "M-VAP", "M-CTX-NONROOT"),
)  # fmt: skip
def pv_hostpath_create(model: Model) -> Iterator[Step]:
    """Mount a path of the host through a PersistentVolume, past what is forbidden to pods.

    When:
        `create` on `persistentvolumes` by a ClusterRoleBinding; and in one namespace `create` on
        `persistentvolumeclaims` and the right to make a pod.

    Trap:
        Pod Security, at every level, and constraints on host paths look at the volumes of the pod, where there is
        only a claim. A RoleBinding that grants `persistentvolumes` is inert.
    """
    volumes, claims = grants(model, "create", "persistentvolumes"), grants(model, "create", "persistentvolumeclaims")
    nodes = launches.escape_nodes(model)
    for joint in together(model, volumes, claims, launches.launchers(model)):
        yield Step(joint.subjects, nodes, joint.because, joint.assumes)
