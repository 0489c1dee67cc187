"""Who may copy the disks of nodes and the volumes of claims by snapshots.

Source: service authorization reference, Amazon EC2 and Amazon EBS direct APIs.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import estate
from kpath.semantics.iam.able import Able, Call, able, alike, besides
from kpath.semantics.iam.estate import beside, homes, machines

READS = estate.READS | {"volumes"}
DRIVER = "ebs.csi.aws.com"
READ = ("ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock")
SHARE = ("ec2:ModifySnapshotAttribute",)
_THERE = Assumption("there is a snapshot of the disk", missing="ec2 describe-snapshots")


def copied(model: Model) -> Iterator[tuple[Able, Refs, tuple[Assumption, ...]]]:
    """Who may copy and read which disks of nodes and which persistent volumes, or read a copy that there may be."""
    disks = _disks(model)
    for home in homes(model):
        near = frozenset(arn for arn in disks if arn.split(":")[3:5] == home.split(":")[3:5])
        kept = beside(home, "ec2", "snapshot/*", owned=False)
        new, host = beside(home, "ec2", "volume/*"), beside(home, "ec2", "instance/*")
        attached = besides(
            alike(model, ("ec2:CreateVolume", "ec2:AttachVolume"), new), able(model, Call("ec2:AttachVolume", host))
        )
        hosts = host | frozenset(arn for arn in machines(model) if arn.split(":")[3:5] == home.split(":")[3:5])
        one = able(model, Call("ec2:CreateSnapshot", kept)), able(model, Call("ec2:CreateSnapshot", near))
        some = [able(model, Call("ec2:CreateSnapshots", each)) for each in (kept, hosts, near)]
        refs = model.names.refs(ref for arn in near for ref in disks[arn])
        for way in (alike(model, READ, kept), alike(model, SHARE, kept), attached):
            copying = (*besides(way, *one), *besides(way, *some))
            for each in copying:
                yield each, model.names.refs(ref for arn in each.resources for ref in disks[arn]), ()
            for each in way if near else ():
                # The ARN of a snapshot does not say whose it is.
                if each.principal.account == home.split(":")[4]:
                    yield each, refs, (_THERE,)


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
