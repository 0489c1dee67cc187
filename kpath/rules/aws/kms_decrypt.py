from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.context import CHOSEN, context
from kpath.semantics.iam.data import READS, Reading, readable, refusals

GRANTS = frozenset({"kms:grantoperations", "kms:granteeprincipal", "kms:grantconstrainttype"})
# A grant that one makes oneself gives as much; one for a service is something else.
READING = Reading(
    (("kms:Decrypt",), ("kms:CreateGrant",)),
    context=context({"kms:grantisforawsresource": "false"}, absent=("kms:viaservice",), chosen=CHOSEN | GRANTS),
)


@rule(
    verb="decrypts with",
    attack=("T1552.005", "T1530"),
    difficulty=1, noise=1, gain=2,
    reads=READS | {"aws_keys"},
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def kms_decrypt(model: Model) -> Iterator[Step]:
    """Decrypt what was encrypted with a key in KMS.

    When:
        `kms:Decrypt`, or `kms:CreateGrant` by which a principal gives itself that, on the key. The key policy decides:
        it names the principal, or leaves it to the account and the principal's policies allow it.

    Trap:
        The key alone reads nothing: what it encrypts must be within reach as well. Grants that exist are not read.
    """
    for principal, data, verdict in readable(model, READING, model.aws_keys):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)


@barrier(kms_decrypt)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The statement that forbids it to a principal that may read other data of the kind."""
    for principal, data, because in refusals(model, READING, model.aws_keys, holds):
        yield Block(principal, data, because)
