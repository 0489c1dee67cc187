from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, changed, rule
from kpath.semantics.rbac.entries import READS, created, lent


@rule(
    verb="makes itself an access entry and becomes",
    attack=("T1098.006",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_access_entry_create(model: Model) -> Iterator[Step]:
    """Make an access entry for oneself, with a policy of EKS or with groups that are bound.

    When:
        `eks:CreateAccessEntry` on the cluster; with `eks:AssociateAccessPolicy` on the new entry one becomes
        cluster-admin, or has the rights of such policies as IAM leaves; without it any user or group that a binding
        names. The authentication mode is not CONFIG_MAP, or is switched first: EKS_AUTH_MODE. Where one may make it
        only for others, one has to hold such another, too.

    Trap:
        Names that begin with `system:` are refused, so `system:masters` is not to be had this way. Whoever has an entry
        cannot make another while that is there. Entries for nodes need `iam:PassRole` and make nodes.
    """
    for each, targets, because, switched in created(model):
        also = (changed("EKS_AUTH_MODE", switched),) if switched is not None else ()
        yield Step(each.principal, targets, (*each.because(model), *because), each.assumes, also)
    for each, others, targets, because, switched in lent(model):
        changes = (changed("EKS_AUTH_MODE", switched),) if switched is not None else ()
        yield Step(others, targets, (*each.because(model), *because), each.assumes, (each.principal, *changes))
