from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.mapped import READS, mapped


@rule(
    verb="is known to the cluster as",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=3,
    reads=READS,
    breaks=("M-EKS-API-ONLY", "M-ACCESS-REMOVE"),
)  # fmt: skip
def aws_mapped_identity(model: Model) -> Iterator[Step]:
    """Use an AWS principal's identity in the cluster.

    When:
        An access entry maps the principal, in any mode but CONFIG_MAP; or aws-auth does, in any mode but API.

    Trap:
        An access entry wins over aws-auth. aws-auth writes role ARNs without their path. No IAM right is needed.
    """
    for each in mapped(model):
        targets = [*([each.user] if each.user is not None else []), *each.groups]
        yield Step(each.principal, model.names.refs(targets), each.because, each.assumes)
