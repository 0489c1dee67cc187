from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.data import READS, Reading, readable, refusals

READING = Reading(
    (("ssm:GetParameter",), ("ssm:GetParameters",), ("ssm:GetParameterHistory",), ("ssm:GetParametersByPath",)),
    through="ssm",
)
# Who may read by a path, reads what is filed under it.
BY_PATH = Reading((("ssm:GetParametersByPath",),), above=True, through="ssm")


@rule(
    verb="reads",
    attack=("T1552.005", "T1555.006"),
    difficulty=1, noise=1, gain=3,
    reads=READS | {"aws_parameters"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def ssm_parameter_read(model: Model) -> Iterator[Step]:
    """Read a parameter in the Parameter Store of Systems Manager.

    When:
        `ssm:GetParameter`, `ssm:GetParameters` or `ssm:GetParameterHistory` on the parameter, or
        `ssm:GetParametersByPath` on it or on what it is filed under, by the principal's policies or the parameter's;
        of a SecureString under a key of the customer's, `kms:Decrypt` on that.

    Trap:
        AmazonSSMManagedInstanceCore, which many nodes have, reads every parameter of the account.
    """
    for reading in (READING, BY_PATH):
        for principal, data, verdict in readable(model, reading, model.aws_parameters):
            yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(ssm_parameter_read)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.aws_parameters, holds):
        yield Block(principal, data, because)
