from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import claims
from kpath.semantics.rbac.grants import READS, grants

SNAPSHOTS = "snapshot.storage.k8s.io"
ATTACHABLE = Assumption("the driver's role may attach it, in the same zone and unattached")


@rule(
    verb="attaches, by a copy of its handle,",
    attack=("T1530", "T1578"),
    difficulty=3, noise=3, gain=4,
    reads=READS | claims.READS,
    breaks=("M-RBAC-REMOVE", "M-CTRL-SCOPE", "M-VAP"),
)  # fmt: skip
def pv_csi_handle(model: Model) -> Iterator[Step]:
    """Attach somebody else's volume by naming its handle in a PersistentVolume of one's own.

    When:
        `create` on `persistentvolumes` or on `volumesnapshotcontents`, by a ClusterRoleBinding; and in one namespace
        the right to make a pod, and `create` on `persistentvolumeclaims` or, for a PersistentVolume, a claim that has
        no volume yet; and a PersistentVolume of a CSI driver.

    Trap:
        A block volume has to be in the same zone and unattached; what the driver's role may attach is for IAM to say.
    """
    owned = model.names.refs(ref for ref, volume in model.volumes.items() if volume.spec.csi is not None)
    volumes = grants(model, "create", "persistentvolumes")
    contents = grants(model, "create", "volumesnapshotcontents", SNAPSHOTS)
    for subjects, because, assumes in claims.mounting(model, volumes, contents) if len(owned) else ():
        yield Step(subjects, owned, because, (*assumes, ATTACHABLE))
