from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.installers import HELD, state_buckets
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload import platform
from kpath.verdict import Denied


@rule(
    verb="holds what makes one",
    attack=("T1530", "T1552.001"),
    difficulty=1,
    noise=1,
    gain=5,
    reads=platform.READS | {"buckets"},
)
def cp_state_bucket(model: Model) -> Iterator[Step]:
    """Take an administrator's kubeconfig, or the cluster's keys, from where the installer keeps them.

    When:
        The bucket's name is that of a state store of kOps, and the cluster is not EKS's.

    Trap:
        Newer installers keep no administrator's keys there. Who may read the bucket is another step.
    """
    verdict = platform.self_managed(model)
    for bucket, because in state_buckets(model) if not isinstance(verdict, Denied) else ():
        yield Step(bucket, CLUSTER_ADMIN, (*because, *verdict.because), (*verdict.assumes, HELD))
