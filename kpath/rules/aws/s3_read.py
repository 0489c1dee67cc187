from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import READS, Reading, readable, refusals

READING = Reading((("s3:GetObject",),), within="/object", through="s3")


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
        `s3:GetObject` on the bucket's objects, by the principal's policies or the bucket's; where they are encrypted
        with a key of the customer's, `kms:Decrypt` on that.

    Trap:
        The bucket's policy may deny what the principal's policies allow.
    """
    for principal, data, verdict in readable(model, READING, model.buckets):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(s3_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.buckets, holds):
        yield Block(principal, data, because)
