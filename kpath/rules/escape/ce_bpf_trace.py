from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="traces with eBPF the processes of",
    attack=("T1611",),
    difficulty=3, noise=2, gain=5,
    reads=places.READS,
    breaks=("M-GK-CAPS", "M-PSA-BASELINE", "M-CTX-CAPS", "M-CTX-USERNS"),
)  # fmt: skip
def ce_bpf_trace(model: Model) -> Iterator[Step]:
    """Read or steer the processes of the node with eBPF programs.

    When:
        BPF together with PERFMON, or SYS_ADMIN, or privileged, and root in the host's user namespace.

    Trap:
        BPF without PERFMON traces nothing. Bottlerocket's kernel guards its integrity, which leaves tracing
        open.
    """
    for place in places.escapes(model, workload.ce_bpf_trace):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
