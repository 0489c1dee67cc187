from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, administrators
from kpath.semantics.rbac.universe import CLUSTER_ADMIN


@rule(
    verb="may do anything, as",
    attack=("T1078",),
    difficulty=1, noise=1, gain=5,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-RBAC-NSBIND"),
)  # fmt: skip
def cluster_admin_equiv(model: Model) -> Iterator[Step]:
    """Have every right in the cluster, whatever the role is called.

    When:
        A rule with every verb on every resource of every group, bound cluster-wide; the group
        `system:masters`; or the access policy AmazonEKSClusterAdminPolicy with cluster scope.

    Trap:
        The same rule through a RoleBinding is an administrator of that namespace only.
    """
    for grant in administrators(model):
        yield Step(grant.subjects, CLUSTER_ADMIN, grant.because, grant.assumes)
