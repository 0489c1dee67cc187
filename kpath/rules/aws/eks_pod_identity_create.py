from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.associating import READS, associating


@rule(
    verb="gets, by an association that another makes, the role",
    attack=("T1098.003",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-PASSROLE", "M-TRUST-EXACT"),
)  # fmt: skip
def eks_pod_identity_create(model: Model) -> Iterator[Step]:
    """Bind a role to a service account that one controls.

    When:
        `eks:CreatePodIdentityAssociation` on the cluster, or `eks:UpdatePodIdentityAssociation` on the association that
        the account has; `iam:PassRole` to `pods.eks.amazonaws.com` and `iam:GetRole` on a role that trusts this
        service for pods of that account; and the service account.

    Trap:
        Pods that run have to be started anew, and nodes need the agent. An account has one association: where there is
        one, it is updated or deleted first. A target role has to trust the role, too.
    """
    for each in associating(model):
        yield Step(each.accounts, each.roles, each.because, each.assumes, also=(each.principal,))
