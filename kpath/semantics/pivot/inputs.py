"""Data in AWS that workloads read through their volumes, and who may write it.

Source: Mountpoint for Amazon S3 CSI driver, static provisioning (`bucketName`).
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import SOURCE, TARGET, Assumption, Evidence, Fact, moved
from kpath.model.sets import Refs
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam.account import held_by, principals
from kpath.semantics.iam.data import READS as READING
from kpath.semantics.iam.data import Reading, readable
from kpath.semantics.workload.claims import Claimed, claimed

READS = READING | {"pods", "buckets", "volumes", "claims"}

WRITING = Reading((("s3:PutObject",),), within="/object")
DRIVER = "s3.csi.aws.com"
CSI = "/spec/csi"


def tainted(model: Model) -> Iterator[tuple[Ref, Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may write to a bucket that which pods mount."""
    mounted: dict[Ref, list[tuple[Claimed, Evidence]]] = {}
    for each in claimed(model):
        for bucket, because in _bucket(model, each.claim):
            mounted.setdefault(bucket, []).append((each, because))
    data = {bucket: model.buckets.get(bucket) or Data(bucket) for bucket in sorted(mounted)}
    for principal, buckets, verdict in readable(model, WRITING, data) if data else ():
        for bucket in buckets:
            for each, because in mounted[bucket]:
                facts = (
                    *held_by(model, principal, moved(verdict.because, TARGET, bucket)),
                    *moved(each.mount.because, SOURCE, TARGET),
                )
                yield principal, each.pods, (*facts, *because), verdict.assumes


def _bucket(model: Model, claim: Ref) -> Iterator[tuple[Ref, Evidence]]:
    """The bucket that a claim stands for."""
    bound = model.claims.get(claim)
    volume = Ref(f"pv/{bound.spec.volume_name}") if bound is not None else None
    source = model.volumes[volume].spec.csi if volume is not None and volume in model.volumes else None
    if source is None or source.driver != DRIVER or source.volume_attributes is None or volume is None:
        return
    name = source.volume_attributes.bucket_name
    known = (ref for ref in model.buckets if ref.name == name)
    named = (Ref(f"arn:{principal.split(':')[1]}:s3:::{name}") for principal in principals(model))
    bucket = next(known, None) or next(named, None)
    if name and bucket is not None:
        yield (
            bucket,
            (
                Fact(claim, "/spec/volumeName", volume.name),
                Fact(volume, f"{CSI}/driver", DRIVER),
                Fact(volume, f"{CSI}/volumeAttributes/bucketName", name),
            ),
        )
