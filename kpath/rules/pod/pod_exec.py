from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import before, pods


@rule(
    verb="runs a command in",
    attack=("T1609",),
    difficulty=1, noise=2, gain=4,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-GK-CONNECT"),
)  # fmt: skip
def pod_exec(model: Model) -> Iterator[Step]:
    """Run a command in a running container.

    When:
        `create` on `pods/exec`, names included; before 1.35 `get` is enough.

    Trap:
        `pods/*` matches nothing, `*/exec` does.
    """
    for grant in grants(model, "create", "pods/exec"):
        yield Step(grant.subjects, pods(model, grant), grant.because, grant.assumes)
    older = before(model, 35, "`get` is enough for a WebSocket")
    if older is not None:
        for grant in grants(model, "get", "pods/exec"):
            yield Step(grant.subjects, pods(model, grant), grant.because, (*grant.assumes, *older))
