from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.escalation import bindable
from kpath.semantics.rbac.grants import READS


@rule(
    verb="binds to itself",
    attack=("T1098.006",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def role_bind(model: Model) -> Iterator[Step]:
    """Bind a stronger role to oneself.

    When:
        `create`, `update` or `patch` on bindings, and `bind` on the role, by one principal.

    Trap:
        Writing bindings without `bind` is no escalation: the API server refuses roles that one does not hold.
        `bind` on ClusterRoles through a RoleBinding allows that namespace only.
    """
    for each in bindable(model):
        yield Step(each.subjects, each.target, each.because, each.assumes)
