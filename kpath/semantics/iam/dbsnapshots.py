"""Who may read a database from a snapshot of it: by restoring, sharing, copying or exporting it.

Source: Amazon RDS User Guide, Sharing a DB snapshot, Exporting DB snapshot data to Amazon S3.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import able as able_
from kpath.semantics.iam import datakeys
from kpath.semantics.iam.able import Able, Call, able, besides, passes, trusting
from kpath.semantics.iam.datakeys import decrypting
from kpath.verdict import Denied, all_of

READS = able_.READS | datakeys.READS | {"aws_snapshots"}

EXPORTER = "export.rds.amazonaws.com"
EVERYBODY = "all"
# By the kind of snapshot: what shares it, and what copies it, to share the copy.
_SHARES = {
    "snapshot": ("rds:ModifyDBSnapshotAttribute", "rds:CopyDBSnapshot"),
    "cluster-snapshot": ("rds:ModifyDBClusterSnapshotAttribute", "rds:CopyDBClusterSnapshot"),
}
# What restores it, and what it takes to get into the copy: a new password, and of a cluster an instance.
_RESTORES = {
    "snapshot": ("rds:RestoreDBInstanceFromDBSnapshot", (("rds:ModifyDBInstance", "db"),)),
    "cluster-snapshot": (
        "rds:RestoreDBClusterFromSnapshot",
        (("rds:ModifyDBCluster", "cluster"), ("rds:CreateDBInstance", "db")),
    ),
}
_NEW = "kpath-new"

Read = tuple[Ref, Refs, Evidence, tuple[Assumption, ...]]


def copied(model: Model) -> Iterator[Read]:
    """Principal and snapshots, why, and what that assumes."""
    for kind in _SHARES:
        snapshots = frozenset(ref for ref in model.aws_snapshots if _kind(ref) == kind)
        for each in _ways(model, kind, snapshots) if snapshots else ():
            yield from _opened(model, each)


def public(model: Model) -> Iterator[tuple[Ref, Evidence]]:
    """The snapshots that everybody may restore."""
    for ref, each in model.aws_snapshots.items():
        yield from ((ref, (Fact(ref, at, EVERYBODY),)) for who, at in each.shared or () if who == EVERYBODY)


def _kind(ref: Ref) -> str:
    return ref.split(":")[5]


def _ways(model: Model, kind: str, snapshots: frozenset[Ref]) -> Iterator[Able]:
    named = frozenset(map(str, snapshots))
    share, copy = _SHARES[kind]
    restore, needs = _RESTORES[kind]
    yield from able(model, Call(share, named))
    yield from besides(able(model, Call(share, _new(snapshots, kind))), able(model, Call(copy, named)))
    more = [able(model, Call(action, _new(snapshots, what))) for action, what in needs]
    yield from besides(*more, able(model, Call(restore, named)))
    for role, trust in trusting(model, EXPORTER):
        passed = passes(model, frozenset({str(role)}), EXPORTER)
        for each in besides(passed, able(model, Call("rds:StartExportTask", named))):
            yield replace(each, verdict=all_of(each.verdict, trust))


def _new(snapshots: frozenset[Ref], what: str) -> frozenset[str]:
    """Something that is made of a snapshot, where the snapshot is."""
    return frozenset(":".join((*ref.split(":")[:5], what, _NEW)) for ref in snapshots)


def _opened(model: Model, each: Able) -> Iterator[Read]:
    """What of it the principal may have decrypted: it makes a grant for the service."""
    by_key: dict[Ref | None, list[Ref]] = {}
    for name in sorted(each.resources):
        by_key.setdefault(model.aws_snapshots[Ref(name)].key, []).append(Ref(name))
    for key, refs in by_key.items():
        opening = [decrypting(model, each.principal, key, "rds", "kms:CreateGrant")] if key is not None else []
        verdict = all_of(each.verdict, *opening)
        if not isinstance(verdict, Denied):
            opened = Able(each.principal, each.resources, verdict)
            yield each.principal, model.names.refs(refs), opened.because(model), verdict.assumes
