from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import pod_identity
from kpath.semantics.iam.noderights import READS, may, reasons
from kpath.semantics.workload.noderoles import carried
from kpath.verdict import Denied


@rule(
    verb="is exchanged, as the node's agent does, for",
    attack=("T1528", "T1552.005"),
    difficulty=2, noise=2, gain=5,
    reads=READS | pod_identity.READS,
    breaks=("M-NS-NODEPOOL", "M-PODID"),
)  # fmt: skip
def node_podid_harvest(model: Model) -> Iterator[Step]:
    """Exchange a pod's token for the role of its Pod Identity association, with the node's own credentials.

    When:
        A node role that may `eks-auth:AssumeRoleForPodIdentity`, and a token for `pods.eks.amazonaws.com` of an
        account that has an association.

    Trap:
        The permission alone is useless without a token. Both need not come from one node, nor be used on one.
    """
    for found in pod_identity.associations(model):
        for each in carried(model):
            verdict = may(model, each.role, (pod_identity.EXCHANGE,), found.cluster)
            if not isinstance(verdict, Denied):
                because = (*found.because, *reasons(model, each, verdict))
                yield Step(found.token, found.role, because, (*found.assumes, *verdict.assumes), also=(each.role,))
