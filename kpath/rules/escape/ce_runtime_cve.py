from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches, weaknesses
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload import advisories, places


@rule(
    verb="escapes by a weakness of the runtime to",
    attack=("T1611", "T1068"),
    difficulty=3, noise=3, gain=5,
    reads=READS | launches.READS | places.READS | {"advisories"},
    breaks=("M-PATCH", "M-RTC-SANDBOX", "M-CTX-USERNS", "M-NODE-OS"),
)  # fmt: skip
def ce_runtime_cve(model: Model) -> Iterator[Step]:
    """Escape by a known weakness of the container runtime.

    When:
        The snapshot holds an `Advisory` (`apiVersion: kpath/v1`) on containerd, CRI-O, Docker, runc or the
        GPU toolkit, whose versions include the node's, and the container has what it needs; or one has the right
        to make such a pod, directly or through a controller. Without advisories the step is off.

    Trap:
        Nodes report their containerd, and neither runc nor the GPU toolkit: of those a doubt remains. Pod Security
        stops who makes a pod only where the weakness needs what the namespace's level forbids.
    """
    for predicate in advisories.concerning(model.advisories, (*advisories.RUNTIMES, *advisories.UNREPORTED)):
        for place in places.escapes(model, predicate, ordinary=True):
            yield Step(place.pods, place.node.ref, place.because, place.assumes)
    for weakness in weaknesses.of_runtimes(model):
        for subjects, why, doubts in weaknesses.makers(model, weakness):
            because, assumes = (*why, *weakness.verdict.because), (*doubts, *weakness.verdict.assumes)
            yield Step(subjects, weakness.nodes, because, assumes)
