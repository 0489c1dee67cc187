from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.stored import LIKELY, stored
from kpath.semantics.rbac.universe import CLUSTER_ADMIN


@rule(
    verb="looks like the credentials of",
    attack=("T1552.001", "T1555.006"),
    difficulty=2, noise=2, gain=4,
    reads={"aws_secrets"},
    breaks=("M-SA-LEGACYTOKEN",),
)  # fmt: skip
def aws_stored_kube_cred(model: Model) -> Iterator[Step]:
    """Use credentials for the cluster that are kept in AWS.

    When:
        A secret of Secrets Manager whose name speaks of a kubeconfig, or of a token or an administrator of the cluster.

    Trap:
        What is in it is not read: the name is all there is, and so confidence is low. The state of kops is
        CP_STATE_BUCKET.
    """
    for ref, because in stored(model):
        yield Step(ref, CLUSTER_ADMIN, because, (LIKELY,))
