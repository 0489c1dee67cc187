from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import ESCALATORS, writers
from kpath.semantics.workload.controllers import by_account, running

OBLIGING = Assumption("the object has the controller use any of its rights", Confidence.MEDIUM)


@rule(
    verb="has an operator act for it as",
    attack=("T1548",),
    difficulty=3, noise=3, gain=4,
    reads=READS,
    breaks=("M-CTRL-SCOPE", "M-RBAC-REMOVE"),
)  # fmt: skip
def operator_cr_escalate(model: Model) -> Iterator[Step]:
    """Have an operator use its rights for whoever writes its objects.

    When:
        `create`, `update` or `patch` on a custom kind whose controller grants, installs or copies what the object
        says: RBAC managers, the Operator Lifecycle Manager, KubeVela, hierarchical namespaces.

    Trap:
        Only kinds that are known to do so count. What lives outside of namespaces takes a ClusterRoleBinding.
    """
    for operator in ESCALATORS:
        for account, because in by_account(model, running(model, *operator.images)).items():
            for grant in writers(model, operator):
                yield Step(grant.subjects, account, (*grant.because, *because), (*grant.assumes, OBLIGING))
