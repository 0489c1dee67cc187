from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import READS, Reading, readable, refusals

READING = Reading((("secretsmanager:GetSecretValue",),), through="secretsmanager")


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
        `secretsmanager:GetSecretValue` on the secret, by the principal's policies or the secret's; where it is
        encrypted with a key of the customer's, `kms:Decrypt` on that.

    Trap:
        The key's own policy decides who may use it: without a statement there for the account, the policies of its
        roles and users count for nothing.
    """
    for principal, data, verdict in readable(model, READING, model.aws_secrets):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(secretsmanager_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.aws_secrets, holds):
        yield Block(principal, data, because)
