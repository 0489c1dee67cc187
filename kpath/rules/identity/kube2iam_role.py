from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import handed
from kpath.semantics.rbac.annotating import READS, choosers
from kpath.semantics.workload.interceptors import KUBE2IAM


@rule(
    verb="gets from kube2iam the credentials of",
    attack=("T1552.005",),
    difficulty=1, noise=2, gain=4,
    reads=READS | handed.READS,
    breaks=("M-RBAC-REMOVE", "M-GK", "M-VAP", "M-IRSA", "M-PODID"),
)  # fmt: skip
def kube2iam_role(model: Model) -> Iterator[Step]:
    """Ask kube2iam for a role: the one that the pod's annotation names.

    When:
        An agent of kube2iam catches what pods of the node ask the metadata service for, and the node's role may assume
        the wanted one. A pod gets the role of its annotation `iam.amazonaws.com/role`, or the agent's default role;
        whoever makes pods, or may update or patch one, writes what they like there. With namespace restrictions on,
        the role has to be among those that the namespace's annotation allows.

    Trap:
        Restrictions are off unless switched on: each maker of pods then has every role that trusts the node.
        Expressions are found anywhere in an ARN, and the default role is free of restrictions. A key of another name,
        given by `--iam-role-key`, is not read off pods that run.
    """
    for each in handed.given(model, KUBE2IAM):
        yield Step(each.pods, each.role, each.because, each.assumes)
    for grant in choosers(model, handed.catchable(model, KUBE2IAM)) if handed.offers(model, KUBE2IAM) else ():
        for offer in handed.offered_in(model, KUBE2IAM, grant.namespace):
            yield Step(grant.subjects, offer.roles, (*grant.because, *offer.because), (*grant.assumes, *offer.assumes))
