from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="captures what passes",
    attack=("T1040",),
    difficulty=2, noise=1, gain=3,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTNS", "M-CTX-CAPS"),
)  # fmt: skip
def host_net_sniff(model: Model) -> Iterator[Step]:
    """Capture the traffic of the node and of all its pods.

    When:
        `hostNetwork`, NET_RAW and root in the host's user namespace.

    Trap:
        NET_RAW is what containerd and Docker give to every container unless it is dropped; CRI-O does not. Of
        encrypted traffic it gives no more than who speaks to whom.
    """
    for place in places.escapes(model, workload.host_net_sniff):
        yield Step(place.pods, Ref(f"traffic/node/{place.node.name}"), place.because, place.assumes)
