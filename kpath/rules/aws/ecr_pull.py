from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import READS, Reading, readable, refusals

READING = Reading((("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),), besides=("ecr:GetAuthorizationToken",))


@rule(
    verb="pulls from",
    attack=("T1525", "T1213"),
    difficulty=1, noise=1, gain=2,
    reads=READS | {"aws_repositories"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def ecr_pull(model: Model) -> Iterator[Step]:
    """Pull the images of a private repository in ECR.

    When:
        `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the repository, by the principal's policies or the
        repository's, and `ecr:GetAuthorizationToken`.

    Trap:
        The policies of node roles cover every repository of the account. Images hold code, and at times credentials.
    """
    for principal, data, verdict in readable(model, READING, model.aws_repositories):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(ecr_pull)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.aws_repositories, holds):
        yield Block(principal, data, because)
