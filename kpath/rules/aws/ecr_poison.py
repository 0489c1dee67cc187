from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.pushing import READS, pushed

LATER = Assumption("the tag can be overwritten, and the image is pulled once more", missing="ecr describe-repositories")


@rule(
    verb="pushes an image that is pulled by",
    attack=("T1525", "T1195.002", "T1204.003"),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-ECR-IMMUTABLE", "M-GK-REPOS"),
)  # fmt: skip
def ecr_poison(model: Model) -> Iterator[Step]:
    """Replace an image that a workload will pull.

    When:
        The actions of a push on the repository, or `ecr:SetRepositoryPolicy`, which gives one these; and
        `ecr:GetAuthorizationToken`. A container names an image of it by a
        tag, and is started once more: by a new node, a rollout, or a policy that always pulls.

    Trap:
        An image that is named by digest cannot be replaced. Pods that run keep what they have. Repositories may keep
        their tags from being overwritten, and other accounts need the repository's own policy as well.
    """
    for each, pods, because, assumes in pushed(model):
        yield Step(each.principal, pods, (*each.because(model), *because), (*each.assumes, *assumes, LATER))
