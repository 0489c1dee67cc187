from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="redirects what passes",
    attack=("T1557", "T1562.007"),
    difficulty=3, noise=3, gain=4,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTNS", "M-GK-CAPS"),
)  # fmt: skip
def ce_host_net_admin(model: Model) -> Iterator[Step]:
    """Take over the network of the node: its routes, its filters, the traffic of its pods.

    When:
        `hostNetwork`, NET_ADMIN or privileged, and root in the host's user namespace.

    Trap:
        NET_ADMIN without `hostNetwork` is good for the pod's own network only. It also takes away what is
        enforced by iptables, as the redirects of kube2iam and kiam.
    """
    for place in places.escapes(model, workload.ce_host_net_admin):
        yield Step(place.pods, Ref(f"traffic/node/{place.node.name}"), place.because, place.assumes)
