from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.entries import READS, updated


@rule(
    verb="renames an access entry and becomes",
    attack=("T1098.006",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_access_entry_update(model: Model) -> Iterator[Step]:
    """Change the groups or the user of an access entry that one can use.

    When:
        `eks:UpdateAccessEntry` on the access entry of a principal that one holds, oneself or another; any user or group
        that a binding names will do.

    Trap:
        Only STANDARD entries can be changed, and no name begins with `system:`. The keys `eks:kubernetesGroups` and
        `eks:username` may forbid it.
    """
    for each, targets, because, holder in updated(model):
        also = (holder,) if holder != each.principal else ()
        yield Step(each.principal, targets, (*each.because(model), *because), each.assumes, also)
