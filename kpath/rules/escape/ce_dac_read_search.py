from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="opens by their handles the files of",
    attack=("T1611", "T1552.001"),
    difficulty=3, noise=1, gain=4,
    reads=places.READS,
    breaks=("M-GK-CAPS", "M-PSA-BASELINE", "M-CTX-CAPS", "M-CTX-USERNS", "M-RTC-SANDBOX"),
)  # fmt: skip
def ce_dac_read_search(model: Model) -> Iterator[Step]:
    """Open the files of the node's disk by their handles.

    When:
        DAC_READ_SEARCH or privileged, and root in the host's user namespace; every container has some file of
        that disk mounted to begin at. With DAC_OVERRIDE, which containers have unless it is dropped, it
        writes as well, and so becomes root on the node.

    Trap:
        Tokens in projected volumes are in memory, not on the disk, and no step leads to them from here.
    """
    for place in places.escapes(model, workload.ce_dac_read_search):
        yield Step(place.pods, Ref(f"disk/{place.node.name}"), place.because, place.assumes)
    for place in places.escapes(model, workload.ce_dac_override):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
