from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload import controlplane, endpoints


@rule(
    verb="gives access to etcd, and so to",
    attack=("T1552", "T1213"),
    difficulty=2, noise=1, gain=5,
    reads=controlplane.READS,
    breaks=("M-NP-DENY",),
)  # fmt: skip
def cp_etcd_access(model: Model) -> Iterator[Step]:
    """Read or write the cluster's store beneath its API server.

    When:
        A pod on a node of the control plane that runs as root and mounts etcd's data or the keys of its clients, or
        an etcd that asks its clients for no certificate; not on EKS.

    Trap:
        What is written to etcd meets no authorization and no admission. Secrets that are encrypted take their key,
        too.
    """
    for files in (controlplane.etcd_data, controlplane.etcd_keys):
        for place in controlplane.places_on_own_nodes(model, files):
            yield Step(place.pods, CLUSTER_ADMIN, place.because, place.assumes)
    for pod, verdict in controlplane.open_etcds(model):
        serving = endpoints.endpoints_of(model, model.names.refs([pod]))
        yield Step(serving, CLUSTER_ADMIN, verdict.because, verdict.assumes)
