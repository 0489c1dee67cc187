from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="mounts the disk of",
    attack=("T1611",),
    difficulty=1, noise=3, gain=5,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-PRIV", "M-CTX-UNPRIVILEGED", "M-CTX-USERNS", "M-RTC-SANDBOX", "M-FARGATE"),
)  # fmt: skip
def ce_priv_mount(model: Model) -> Iterator[Step]:
    """Mount the host's disk from a privileged container.

    When:
        The container is privileged and root, in the host's user namespace, in no sandbox,
        on a Linux node that is no Fargate.

    Trap:
        Without `privileged` the device cgroup refuses the disk, so a mount of `/dev` alone
        is no escape.
    """
    for place in places.escapes(model, workload.ce_priv_mount):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
