from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants, together

SNAPSHOTS = "snapshot.storage.k8s.io"
ATTACHABLE = Assumption("the driver's role may attach it, in the same zone and unattached")


@rule(
    verb="attaches, by a copy of its handle,",
    attack=("T1530", "T1578"),
    difficulty=3, noise=3, gain=4,
    reads=READS | launches.READS | {"volumes"},
    breaks=("M-RBAC-REMOVE", "M-CTRL-SCOPE", "M-VAP"),
)  # fmt: skip
def pv_csi_handle(model: Model) -> Iterator[Step]:
    """Attach somebody else's volume by naming its handle in a PersistentVolume of one's own.

    When:
        `create` on `persistentvolumes` or on `volumesnapshotcontents`, by a ClusterRoleBinding; and in one namespace
        `create` on `persistentvolumeclaims` and the right to make a pod; and a PersistentVolume of a CSI driver.

    Trap:
        A block volume has to be in the same zone and unattached; what the driver's role may attach is for IAM to say.
    """
    owned = model.names.refs(ref for ref, volume in model.volumes.items() if volume.spec.csi is not None)
    named = chain(
        grants(model, "create", "persistentvolumes"), grants(model, "create", "volumesnapshotcontents", SNAPSHOTS)
    )
    claims = grants(model, "create", "persistentvolumeclaims")
    for joint in together(model, named, claims, launches.launchers(model)) if len(owned) else ():
        yield Step(joint.subjects, owned, joint.because, (*joint.assumes, ATTACHABLE))
