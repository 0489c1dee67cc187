from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, poisoning


@rule(
    verb="has new nodes boot its code in place of",
    attack=("T1578.002", "T1525"),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-LT-GUARD",),
)  # fmt: skip
def launch_template_poison(model: Model) -> Iterator[Step]:
    """Have a node group boot code of one's own, by its launch template.

    When:
        `ec2:CreateLaunchTemplateVersion` on the template of a managed node group, and `eks:UpdateNodegroupVersion` on
        the group, which rolls it out.

    Trap:
        A managed group pins the number of a version. Another profile needs `iam:PassRole`, other user data do not.
        Auto Scaling groups of one's own are not collected, so nodes outside managed groups are not seen.
    """
    for each, targets, because in poisoning(model):
        yield Step(each.principal, targets, (*each.because(model), *because), each.assumes)
