from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="commands a service of",
    attack=("T1611",),
    difficulty=3, noise=3, gain=5,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTPATH"),
)  # fmt: skip
def host_control_sock(model: Model) -> Iterator[Step]:
    """Command a service of the host that acts as root, or pose as one of the kubelet's plugins.

    When:
        A hostPath that covers systemd's private socket, the system's D-Bus, the kubelet's `plugins` with the
        sockets of CSI drivers, or, writable, its `device-plugins` or `plugins_registry`; and root.

    Trap:
        `pod-resources` and sockets for metrics only tell. A read-only mount does not stop `connect()`, but no
        new plugin can be put there.
    """
    for place in places.escapes(model, workload.host_control_sock):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
