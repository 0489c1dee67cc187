from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import READS, held_by
from kpath.semantics.iam.data import readable, refusals


@rule(
    verb="reads",
    attack=("T1555.006",),
    difficulty=1, noise=1, gain=4,
    reads=READS | {"aws_secrets"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def secretsmanager_read(model: Model) -> Iterator[Step]:
    """Read a secret in AWS Secrets Manager.

    When:
        `secretsmanager:GetSecretValue` on the secret, by the principal's policies or the secret's.

    Trap:
        The key that encrypts it may be out of reach: key policies are not read yet.
    """
    for principal, data, verdict in readable(model, "secretsmanager:GetSecretValue", model.aws_secrets):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(secretsmanager_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, "secretsmanager:GetSecretValue", model.aws_secrets, holds):
        yield Block(principal, data, because)
