from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import before, pods


@rule(
    verb="attaches to",
    attack=("T1609",),
    difficulty=3, noise=2, gain=2,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-GK-CONNECT"),
)  # fmt: skip
def pod_attach_rbac(model: Model) -> Iterator[Step]:
    """Attach to a container's main process.

    When:
        `create` on `pods/attach`; before 1.35 `get` is enough.

    Trap:
        Without `stdin` and an interactive program it reads output only.
    """
    for grant in grants(model, "create", "pods/attach"):
        yield Step(grant.subjects, pods(model, grant), grant.because, grant.assumes)
    older = before(model, 35, "`get` is enough for a WebSocket")
    if older is not None:
        for grant in grants(model, "get", "pods/attach"):
            yield Step(grant.subjects, pods(model, grant), grant.because, (*grant.assumes, *older))
