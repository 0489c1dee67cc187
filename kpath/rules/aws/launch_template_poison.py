from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.nodemakers import READS, poisoning
from kpath.semantics.pivot.templates import replaced


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
        the group, which rolls it out. Or the same on the template that a node's instance was launched from, as its
        tag `aws:ec2launchtemplate:id` says; and `autoscaling:UpdateAutoScalingGroup` on its group, or that group uses
        `$Latest`, or `$Default` and the caller may `ec2:ModifyLaunchTemplate`.

    Trap:
        A managed group pins the number of a version. Another profile needs `iam:PassRole`, other user data do not.
        Which version another group uses is not collected, so `$Latest` and `$Default` are assumptions.
    """
    for each, targets, because in poisoning(model):
        yield Step(each.principal, targets, (*each.because(model), *because), each.assumes)
    for each, found, because, assumes in replaced(model):
        yield Step(each.principal, found, (*each.because(model), *because), (*each.assumes, *assumes))
