from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.entries import READS, associated


@rule(
    verb="gives an access entry a policy and has",
    attack=("T1098.006",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_access_policy_associate(model: Model) -> Iterator[Step]:
    """Give an access entry that one can use the policy of cluster administrators, or the strongest that one may.

    When:
        `eks:AssociateAccessPolicy` on the access entry of a principal that one holds, oneself or another. Where IAM
        limits the policies, or the scope to namespaces, one has what is left: `grant/NAMESPACE/POLICY`.

    Trap:
        Only STANDARD entries take policies. The keys `eks:policyArn` and `eks:accessScope` may forbid it. In mode
        CONFIG_MAP there are no entries.
    """
    for each, targets, because, holder in associated(model):
        also = (holder,) if holder != each.principal else ()
        yield Step(each.principal, targets, (*each.because(model), *because), each.assumes, also)
