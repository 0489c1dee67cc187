from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import advisories, places


@rule(
    verb="escapes by a weakness of the kernel to",
    attack=("T1611", "T1068"),
    difficulty=4, noise=3, gain=5,
    reads=places.READS | {"advisories"},
    breaks=("M-PATCH", "M-CTX-SECCOMP", "M-RTC-SANDBOX"),
)  # fmt: skip
def ce_kernel_cve(model: Model) -> Iterator[Step]:
    """Escape by a known weakness of the node's kernel.

    When:
        The snapshot holds an `Advisory` (`apiVersion: kpath/v1`) on the kernel of the node's system, whose
        versions include the node's, and the container has what it needs. Without advisories the step is off.

    Trap:
        Distributions mend old versions: an advisory that names no system in `os` says nothing about any node.
    """
    for predicate in advisories.concerning(model.advisories, advisories.KERNEL):
        for place in places.escapes(model, predicate, ordinary=True):
            yield Step(place.pods, place.node.ref, place.because, place.assumes)
