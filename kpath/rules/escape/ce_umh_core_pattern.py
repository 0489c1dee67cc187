from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="sets the crash handler of",
    attack=("T1611",),
    difficulty=2, noise=2, gain=5,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTPATH", "M-CTX-NONROOT", "M-CTX-USERNS", "M-CTX-RRO", "M-HOSTPATH-REMOVE"),
)  # fmt: skip
def ce_umh_core_pattern(model: Model) -> Iterator[Step]:
    """Write `core_pattern` through the host's procfs and crash.

    When:
        A hostPath on `/`, `/proc` or the path down to `core_pattern`, root, writable, in
        the host's user namespace.

    Trap:
        `/` mounted read-only is still open, since procfs is a mount of its own, unless the
        mount is recursively read-only.
    """
    for place in places.escapes(model, workload.ce_umh_core_pattern):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
