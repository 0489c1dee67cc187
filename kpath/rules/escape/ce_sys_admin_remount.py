from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="sets a kernel helper of",
    attack=("T1611",),
    difficulty=2, noise=2, gain=5,
    reads=places.READS,
    breaks=(
        "M-PSA-BASELINE", "M-GK-PRIV", "M-CTX-UNPRIVILEGED", "M-CTX-USERNS",
        "M-RTC-SANDBOX", "M-FARGATE", "M-GK-CAPS", "M-CTX-CAPS", "M-CTX-LSM",
    ),
)  # fmt: skip
def ce_sys_admin_remount(model: Model) -> Iterator[Step]:
    """Mount procfs or sysfs anew and set a helper that the host's kernel runs as root.

    When:
        SYS_ADMIN or privileged, and root, in the host's user namespace, where mounting is
        not denied.

    Trap:
        It works on cgroup v2 as well; masked paths are no defence, for a new mount is not
        masked.
    """
    for place in places.escapes(model, workload.ce_sys_admin_remount):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
