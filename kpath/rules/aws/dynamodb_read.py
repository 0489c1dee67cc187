from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import READS, Reading, readable, refusals

# Streams and backups are other resources; an export needs a bucket besides.
READING = Reading(
    tuple((f"dynamodb:{action}",) for action in ("Scan", "Query", "GetItem", "BatchGetItem", "PartiQLSelect")),
    through="dynamodb",
)


@rule(
    verb="reads",
    attack=("T1530", "T1213"),
    difficulty=1, noise=1, gain=4,
    reads=READS | {"aws_tables"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def dynamodb_read(model: Model) -> Iterator[Step]:
    """Read the items of a DynamoDB table.

    When:
        Any of `dynamodb:Scan`, `Query`, `GetItem`, `BatchGetItem` and `PartiQLSelect` on the table, by the principal's
        policies or the table's; where it is encrypted with a key of the customer's, `kms:Decrypt` on that.

    Trap:
        A condition on `dynamodb:LeadingKeys` or `dynamodb:Attributes` leaves part of the items.
    """
    for principal, data, verdict in readable(model, READING, model.aws_tables):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(dynamodb_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.aws_tables, holds):
        yield Block(principal, data, because)
