from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.cni import neighbours


@rule(
    verb="answers on the bridge in place of",
    attack=("T1557.002",),
    difficulty=3, noise=3, gain=3,
    reads={"pods", "nodes"},
    breaks=("M-CTX-CAPS", "M-PSA-RESTRICTED"),
)  # fmt: skip
def net_mitm_l2(model: Model) -> Iterator[Step]:
    """Answer ARP in the name of a neighbour on the node's bridge, and read and alter its traffic.

    When:
        NET_RAW, which is in the default set, and root; a plugin joins the pods of a node by a bridge.

    Trap:
        Amazon's plugin, Calico and Cilium route: there is no bridge to share, though NET_RAW is everywhere. Pods on
        the host's network are not on the bridge. A user namespace does not help: the pod's network is its own.
    """
    for each in neighbours(model):
        yield Step(each.sources, each.targets, each.because, each.assumes)
