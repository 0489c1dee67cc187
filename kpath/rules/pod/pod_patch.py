from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import pods


@rule(
    verb="replaces the image of",
    attack=("T1525", "T1609"),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-GK-REPOS"),
)  # fmt: skip
def pod_patch(model: Model) -> Iterator[Step]:
    """Replace the image of a running pod.

    When:
        `update` or `patch` on `pods`, names included.

    Trap:
        Only the image can be changed: privileges, volumes and service account stay as they are.
    """
    for verb in ("update", "patch"):
        for grant in grants(model, verb, "pods"):
            yield Step(grant.subjects, pods(model, grant), grant.because, grant.assumes)
