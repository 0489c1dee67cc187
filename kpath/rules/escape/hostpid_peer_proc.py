from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import peers, places


@rule(
    verb="reads the processes of",
    attack=("T1552.007", "T1528"),
    difficulty=2, noise=1, gain=4,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTNS", "M-GK-HOSTPATH", "M-CTX-NONROOT", "M-CTX-USERNS"),
)  # fmt: skip
def hostpid_peer_proc(model: Model) -> Iterator[Step]:
    """Read the environment and the files of other pods' processes on the node.

    When:
        `hostPID`, or the host's `/proc` mounted, and root that no security module keeps from tracing; the
        other pod is root too, in the host's user namespace, with no capability that one lacks.

    Trap:
        The pods of the CNI, kube-proxy and the like have more capabilities, and are read only by who has
        SYS_PTRACE.
    """
    for each in peers.seen(model):
        yield Step(each.pods, each.peers, each.because, each.assumes)
