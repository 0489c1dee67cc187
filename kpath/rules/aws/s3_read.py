from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import READS, held_by
from kpath.semantics.iam.data import readable, refusals


@rule(
    verb="reads the objects of",
    attack=("T1530",),
    difficulty=1, noise=1, gain=4,
    reads=READS | {"buckets"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def s3_read(model: Model) -> Iterator[Step]:
    """Read the objects of an S3 bucket.

    When:
        `s3:GetObject` on the bucket's objects, by the principal's policies or the bucket's.

    Trap:
        The bucket's policy may deny what the principal's policies allow.
    """
    for principal, data, verdict in readable(model, "s3:GetObject", model.buckets):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(s3_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, "s3:GetObject", model.buckets, holds):
        yield Block(principal, data, because)
