from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.policywriters import READS, writers


@rule(
    verb="rewrites the policy of",
    attack=("T1098.003", "T1530"),
    difficulty=1, noise=3, gain=4,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def resource_policy_write(model: Model) -> Iterator[Step]:
    """Write the policy that data has of its own, so that it lets one read it.

    When:
        `s3:PutBucketPolicy`, `secretsmanager:PutResourcePolicy`, `ssm:PutResourcePolicy`, `dynamodb:PutResourcePolicy`,
        `kms:PutKeyPolicy` or `ecr:SetRepositoryPolicy` on it. What is encrypted with a key of the customer's needs
        `kms:Decrypt` on that as well, and another account's data the permission to read it.

    Trap:
        What the principal's own policies, its boundary or its organisation deny, they deny still. A boundary that is
        silent does not help: the new policy may name the session.
    """
    for principal, data, verdict in writers(model):
        yield Step(principal, data, held_by(model, principal, verdict.because), verdict.assumes)
