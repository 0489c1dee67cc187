from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.inputs import READS, tainted

TRUSTED = Assumption("the workload executes or trusts what it finds there", Confidence.LOW)


@rule(
    verb="writes what is read by",
    attack=("T1080", "T1565.001"),
    difficulty=4, noise=2, gain=3,
    reads=READS,
)  # fmt: skip
def aws_input_taint(model: Model) -> Iterator[Step]:
    """Poison data in AWS that a workload consumes.

    When:
        `s3:PutObject` on a bucket that a persistent volume of the S3 driver stands for, and a pod that mounts a claim
        bound to it.

    Trap:
        It is worth something only where the workload executes or trusts what it reads. The bucket's own policy decides
        as well. File systems and synced secrets are not followed.
    """
    for principal, pods, because, assumes in tainted(model):
        yield Step(principal, pods, because, (*assumes, TRUSTED))
