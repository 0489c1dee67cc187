from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.able import READS, Call, able


@rule(
    verb="rewrites the trust of",
    attack=("T1484.002", "T1098.003"),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-TRUST-EXACT",),
)  # fmt: skip
def iam_trust_edit(model: Model) -> Iterator[Step]:
    """Let oneself, or a service account, take a role by rewriting its trust policy.

    When:
        `iam:UpdateAssumeRolePolicy` on the role. A trust that names the principal needs nothing else in its account.

    Trap:
        Service-linked roles and those that AWS reserves refuse. A boundary or a denial of `sts:AssumeRole` does not
        hold a service account that is let in instead.
    """
    roles = frozenset(map(str, model.aws_roles))
    for each in able(model, Call("iam:UpdateAssumeRolePolicy", roles)):
        targets = model.names.refs(Ref(name) for name in each.resources if name != each.principal)
        yield Step(each.principal, targets, each.because(model), each.assumes)
