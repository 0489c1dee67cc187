from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places, platform
from kpath.verdict import Denied


@rule(
    verb="puts a static pod on",
    attack=("T1543.005",),
    difficulty=2, noise=3, gain=5,
    reads=places.READS | platform.READS,
    breaks=("M-GK-HOSTPATH",),
)  # fmt: skip
def static_pod_inject(model: Model) -> Iterator[Step]:
    """Put a manifest where a kubelet looks for pods of its own.

    When:
        A hostPath that covers, is or lies in `/etc/kubernetes/manifests`, writable, and root, where the
        kubelet has such a directory: not on EKS, whose nodes have none.

    Trap:
        No admission sees a static pod, yet it can use no service account, Secret or ConfigMap. Without the
        directory in the kubelet's configuration the file is not read.
    """
    managed = platform.self_managed(model)
    if isinstance(managed, Denied):
        return
    for place in places.escapes(model, workload.static_pod_inject):
        because, assumes = (*place.because, *managed.because), (*place.assumes, *managed.assumes)
        yield Step(place.pods, place.node.ref, because, assumes)
