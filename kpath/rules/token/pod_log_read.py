from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.logs import logs


@rule(
    verb="reads",
    attack=("T1552.001",),
    difficulty=3, noise=1, gain=1,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def pod_log_read(model: Model) -> Iterator[Step]:
    """Read what pods have logged.

    When:
        `get` on `pods/log`, names included.

    Trap:
        The built-in `view` role carries this right, and `pods` does not include it. Logs are information: no
        credential follows from them unless somebody finds one.
    """
    for grant in grants(model, "get", "pods/log"):
        yield Step(grant.subjects, logs(model, grant), grant.because, grant.assumes)
