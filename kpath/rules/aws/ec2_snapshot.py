from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.disks import READS, copied

KEY = Assumption("the disk is not encrypted, or with a key that the caller may use", missing="ec2 describe-volumes")


@rule(
    verb="copies",
    attack=("T1578.001", "T1537", "T1530"),
    difficulty=2, noise=2, gain=3,
    reads=READS,
    breaks=("M-EBS-GUARD",),
)  # fmt: skip
def ec2_snapshot(model: Model) -> Iterator[Step]:
    """Read the disk of a node, or a persistent volume, from a snapshot of it.

    When:
        `ec2:CreateSnapshot` on the volume and on snapshots, `ec2:CreateSnapshots` on these and on an instance, or a
        snapshot that may be there; and a way to read a snapshot:
        `ebs:ListSnapshotBlocks` and `ebs:GetSnapshotBlock`, `ec2:ModifySnapshotAttribute`, or `ec2:CreateVolume` and
        `ec2:AttachVolume`.

    Trap:
        Projected tokens and volumes of Secrets are kept in memory: they are not on the disk. A snapshot under the
        default key cannot be shared with another account.
    """
    for each, targets, assumes in copied(model):
        yield Step(each.principal, targets, each.because(model), (*each.assumes, *assumes, KEY))
