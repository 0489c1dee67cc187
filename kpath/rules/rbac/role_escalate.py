from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.escalation import rewritable
from kpath.semantics.rbac.grants import READS


@rule(
    verb="rewrites its own role and becomes",
    attack=("T1098.006",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def role_escalate(model: Model) -> Iterator[Step]:
    """Add rights to a role that one is bound to.

    When:
        `escalate` and `update` or `patch` on a role that the same principal is bound to.

    Trap:
        `escalate` without a write is inert, and so it is on ClusterRoles through a RoleBinding.
    """
    for each in rewritable(model):
        yield Step(each.subjects, each.target, each.because, each.assumes)
