"""Who may copy the disks of nodes and the volumes of claims by snapshots.

Source: service authorization reference, Amazon EC2 and Amazon EBS direct APIs.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import estate
from kpath.semantics.iam.able import Able, Call, able, alike, besides, meeting
from kpath.semantics.iam.estate import beside, homes, machines

READS = estate.READS | {"volumes"}
DRIVER = "ebs.csi.aws.com"
READ = ("ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock")
SHARE = ("ec2:ModifySnapshotAttribute",)


def copied(model: Model) -> Iterator[tuple[Able, Refs]]:
    """Who may copy and read which disks of nodes and which persistent volumes."""
    disks = _disks(model)
    for home in homes(model):
        near = frozenset(arn for arn in disks if arn.split(":")[3:5] == home.split(":")[3:5])
        made = able(model, Call("ec2:CreateSnapshot", near))
        kept = beside(home, "ec2", "snapshot/*", owned=False)
        new, host = beside(home, "ec2", "volume/*"), beside(home, "ec2", "instance/*")
        attached = besides(
            alike(model, ("ec2:CreateVolume", "ec2:AttachVolume"), new), able(model, Call("ec2:AttachVolume", host))
        )
        taken = able(model, Call("ec2:CreateSnapshot", kept))
        for way in (alike(model, READ, kept), alike(model, SHARE, kept), attached):
            for each in besides(meeting(taken), way, made):
                yield each, model.names.refs(ref for arn in each.resources for ref in disks[arn])


@memoised
def _disks(model: Model) -> dict[str, list[Ref]]:
    """The volumes of EBS that belong to nodes, and to claims, and what it is to read each."""
    found: dict[str, list[Ref]] = {}
    for arn, nodes in machines(model).items():
        for mapping in model.instances[Ref(arn)].block_device_mappings or ():
            for name in beside(arn, "ec2", f"volume/{mapping.ebs.volume_id}") if mapping.ebs is not None else ():
                found.setdefault(name, []).extend(Ref(f"disk/{node.name}") for node in nodes)
    for ref, volume in model.volumes.items():
        source = volume.spec.csi
        for home in homes(model) if source is not None and source.driver == DRIVER else ():
            for name in beside(home, "ec2", f"volume/{source.volume_handle}") if source is not None else ():
                found.setdefault(name, []).append(ref)
    return found
