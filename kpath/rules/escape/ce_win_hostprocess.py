from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="runs as a process of",
    attack=("T1611",),
    difficulty=1, noise=3, gain=5,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-PRIV"),
)  # fmt: skip
def ce_win_hostprocess(model: Model) -> Iterator[Step]:
    """Be a process of a Windows node.

    When:
        `windowsOptions.hostProcess`, of the container or else of its pod, on a node that runs Windows.

    Trap:
        It is the one escape on Windows: privileges, capabilities and mounts that matter on Linux mean nothing
        there.
    """
    for place in places.escapes(model, workload.ce_win_hostprocess):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
