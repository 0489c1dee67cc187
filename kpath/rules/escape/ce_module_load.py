from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="loads a kernel module on",
    attack=("T1611", "T1547.006"),
    difficulty=2, noise=3, gain=5,
    reads=places.READS,
    breaks=(
        "M-PSA-BASELINE", "M-GK-PRIV", "M-CTX-UNPRIVILEGED", "M-CTX-USERNS",
        "M-RTC-SANDBOX", "M-FARGATE", "M-GK-CAPS", "M-CTX-CAPS", "M-NODE-OS",
    ),
)  # fmt: skip
def ce_module_load(model: Model) -> Iterator[Step]:
    """Load a module into the host's kernel.

    When:
        Privileged or SYS_MODULE, and root, on a kernel that accepts unsigned modules.

    Trap:
        Dropping ALL and adding SYS_MODULE is as open; the runtime's seccomp profile does
        not help.
    """
    for place in places.escapes(model, workload.ce_module_load):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
