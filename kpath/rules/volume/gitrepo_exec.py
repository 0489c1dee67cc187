from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload.kubelet_fixes import GITREPO, lacking

GIT = Assumption("git is installed on the node")


@rule(
    verb="has a gitRepo volume run its hook on",
    attack=("T1611", "T1068"),
    difficulty=3, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-PATCH", "M-PSA-RESTRICTED", "M-VAP"),
)  # fmt: skip
def gitrepo_exec(model: Model) -> Iterator[Step]:
    """Have the kubelet clone a repository whose hook it runs as root.

    When:
        The right to make a pod, directly or through a controller, in a namespace that is not `restricted`, and a Linux
        node whose kubelet is older than 1.28.12, 1.29.7 or 1.30.3 (CVE-2024-10220).

    Trap:
        The level `baseline` does not forbid `gitRepo` volumes. It is the node's version that counts, not the
        server's; EKS brings fixes to builds whose version does not tell.
    """
    nodes = tuple(lacking(model, GITREPO))
    found = launches.launchers(model) if nodes else ()
    for subjects, why, doubts in launches.escapes(model, found, launches.UNRESTRICTED):
        for refs, because, assumes in nodes:
            yield Step(subjects, refs, (*why, *because), (*doubts, *assumes, GIT))
