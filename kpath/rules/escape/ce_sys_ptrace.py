from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="injects code into a process of",
    attack=("T1611", "T1055.008"),
    difficulty=2, noise=3, gain=5,
    reads=places.READS,
    breaks=(
        "M-PSA-BASELINE", "M-GK-PRIV", "M-CTX-UNPRIVILEGED", "M-CTX-USERNS", "M-RTC-SANDBOX",
        "M-FARGATE", "M-GK-HOSTNS", "M-GK-CAPS", "M-CTX-CAPS", "M-CTX-LSM",
    ),
)  # fmt: skip
def ce_sys_ptrace(model: Model) -> Iterator[Step]:
    """Inject code into a process of the host.

    When:
        `hostPID`, SYS_PTRACE and root, with no security module that forbids tracing.

    Trap:
        SYS_ADMIN is not needed; without `hostPID` only the pod's own processes are in
        reach.
    """
    for place in places.escapes(model, workload.ce_sys_ptrace):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
