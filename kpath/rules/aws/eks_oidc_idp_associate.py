from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.able import Call, able
from kpath.semantics.rbac.entries import READS, clusters, nameable

FREE = Assumption("the cluster has no identity provider yet", missing="eks list-identity-provider-configs")


@rule(
    verb="has tokens of its own accepted as",
    attack=("T1484.002", "T1556.009"),
    difficulty=2, noise=4, gain=5,
    reads=READS | {"token_providers"},
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_oidc_idp_associate(model: Model) -> Iterator[Step]:
    """Add an identity provider of one's own to the cluster, and be any user or group that it names.

    When:
        `eks:AssociateIdentityProviderConfig` on the cluster, which has no provider yet: it takes one.

    Trap:
        No prefix may hold `system:`, so reserved names are not to be had. It takes minutes.
    """
    names = model.names.refs(nameable(model))
    for ref, cluster in clusters(model):
        is_taken = model.token_providers.get(Ref(cluster.name))
        doubts = (FREE,) if is_taken is None else ()
        call = Call("eks:AssociateIdentityProviderConfig", frozenset({ref}))
        for each in able(model, call) if len(names) and not is_taken else ():
            yield Step(each.principal, names, each.because(model), (*each.assumes, *doubts))
