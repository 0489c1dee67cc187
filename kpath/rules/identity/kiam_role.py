from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import handed
from kpath.semantics.rbac.annotating import READS, choosers
from kpath.semantics.workload.interceptors import KIAM


@rule(
    verb="gets from kiam the credentials of",
    attack=("T1552.005",),
    difficulty=1, noise=2, gain=4,
    reads=READS | handed.READS,
    breaks=("M-RBAC-REMOVE", "M-IRSA", "M-PODID"),
)  # fmt: skip
def kiam_role(model: Model) -> Iterator[Step]:
    """Ask kiam for a role: the one that the pod's annotation names.

    When:
        An agent of kiam catches what pods of the node ask the metadata service for; the server's role, or its node's,
        may assume the wanted one; and the expression in the namespace's annotation `iam.amazonaws.com/permitted` means
        it. A pod gets the role of its annotation; whoever makes pods, or may update or patch one, writes it.

    Trap:
        Without an expression nothing is permitted, unlike kube2iam. Before version 4 an expression is found anywhere in
        a name. The agents' nodes need no right to assume anything.
    """
    for each in handed.given(model, KIAM):
        yield Step(each.pods, each.role, each.because, each.assumes)
    for grant in choosers(model, handed.catchable(model, KIAM)) if handed.offers(model, KIAM) else ():
        for offer in handed.offered_in(model, KIAM, grant.namespace):
            yield Step(grant.subjects, offer.roles, (*grant.because, *offer.because), (*grant.assumes, *offer.assumes))
