from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.entries import READS, UNSEEN, clusters, creator
from kpath.semantics.rbac.modes import is_old
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.verdict import Denied


@rule(
    verb="created the cluster and is",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=5,
    reads=READS,
    breaks=("M-EKS-API-ONLY",),
)  # fmt: skip
def eks_cluster_creator(model: Model) -> Iterator[Step]:
    """Be administrator of a cluster as the principal that created it.

    When:
        The cluster's authentication mode is CONFIG_MAP: whoever created it is in `system:masters`, and nothing shows
        it. In the other modes it is an access entry like any other, which AWS_MAPPED_IDENTITY reads.

    Trap:
        The snapshot does not tell who it was, so the step starts from an unknown role of the account. That does not
        mean that there is none.
    """
    for ref, cluster in clusters(model):
        old = is_old(model, ref, cluster)
        if not isinstance(old, Denied):
            yield Step(creator(ref), CLUSTER_ADMIN, old.because, (UNSEEN, *old.assumes))
