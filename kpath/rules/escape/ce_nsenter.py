from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="enters the namespaces of",
    attack=("T1611",),
    difficulty=1, noise=3, gain=5,
    reads=places.READS,
    breaks=(
        "M-PSA-BASELINE", "M-GK-PRIV", "M-CTX-UNPRIVILEGED", "M-CTX-USERNS",
        "M-RTC-SANDBOX", "M-FARGATE", "M-GK-HOSTNS", "M-CTX-CAPS",
    ),
)  # fmt: skip
def ce_nsenter(model: Model) -> Iterator[Step]:
    """Enter the host's namespaces through its first process.

    When:
        `hostPID`, root, and privileged or both SYS_ADMIN and SYS_PTRACE, with no security
        module in the way.

    Trap:
        `hostPID` alone is not enough, and neither is SYS_ADMIN without SYS_PTRACE.
    """
    for place in places.escapes(model, workload.ce_nsenter):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
