from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload.images import repositories

PULLED = Assumption("the node's credentials or its cache give the image")


@rule(
    verb="runs a pod of an image from",
    attack=("T1552.001", "T1530"),
    difficulty=2, noise=2, gain=3,
    reads=READS | launches.READS,
    breaks=("M-GK-REPOS", "M-ECR-IMMUTABLE"),
)  # fmt: skip
def image_cache_read(model: Model) -> Iterator[Step]:
    """Obtain a private image by running it, with the credentials or from the cache of a node.

    When:
        The right to make a pod, directly or through a controller, and a pod that shows the repository of Amazon ECR.

    Trap:
        No `imagePullSecrets` are needed: nodes may usually pull from every repository of the account, and an image that
        is on the node is started without asking.
    """
    found = model.names.refs(repositories(model))
    for grant in launches.launchers(model):
        yield Step(grant.subjects, found, grant.because, (*grant.assumes, PULLED))
