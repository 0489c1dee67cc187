from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload.kubelet_fixes import SUBPATH, lacking


@rule(
    verb="swaps a subPath for a link to the disk of",
    attack=("T1611", "T1068"),
    difficulty=3, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-PATCH", "M-VAP"),
)  # fmt: skip
def subpath_cve(model: Model) -> Iterator[Step]:
    """Mount the host by swapping a `subPath` for a link while the kubelet looks.

    When:
        The right to make a pod, directly or through a controller, and a Linux node whose kubelet is older than
        1.19.15, 1.20.11, 1.21.5 or 1.22.2 (CVE-2021-25741).

    Trap:
        No Pod Security level forbids it, for a `subPath` of an `emptyDir` is enough. It is the node's version that
        counts, not the server's; EKS brings fixes to builds whose version does not tell.
    """
    nodes = tuple(lacking(model, SUBPATH))
    for grant in launches.launchers(model) if nodes else ():
        for refs, because, assumes in nodes:
            yield Step(grant.subjects, refs, (*grant.because, *because), (*grant.assumes, *assumes))
