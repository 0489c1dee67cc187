from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.dbsnapshots import READS, copied, public


@rule(
    verb="reads the database in",
    attack=("T1530", "T1537", "T1578.001"),
    difficulty=2, noise=2, gain=4,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def rds_snapshot_read(model: Model) -> Iterator[Step]:
    """Read a database from a snapshot of it in RDS.

    When:
        `rds:ModifyDBSnapshotAttribute` on the snapshot, which shares it; `rds:CopyDBSnapshot` and that on the copy;
        `rds:RestoreDBInstanceFromDBSnapshot` on it and `rds:ModifyDBInstance` on what is restored; or
        `rds:StartExportTask` with `iam:PassRole` of a role that trusts the export; of a snapshot of a cluster, the
        same by the actions for clusters. Where it is encrypted with a key of the customer's, `kms:CreateGrant` on
        that. A snapshot that is shared with all is everybody's.

    Trap:
        A snapshot under RDS's default key cannot be shared, but a copy under another key can.
    """
    for principal, snapshots, because, assumes in copied(model):
        yield Step(principal, snapshots, because, assumes)
    for snapshot, because in public(model):
        yield Step(Ref("internet"), snapshot, because)
