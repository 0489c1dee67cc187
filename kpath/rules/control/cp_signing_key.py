from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload import controlplane


@rule(
    verb="forges the identity of",
    attack=("T1649", "T1606"),
    difficulty=2,
    noise=1,
    gain=5,
    reads=controlplane.READS,
)
def cp_signing_key(model: Model) -> Iterator[Step]:
    """Sign a certificate or a token for whomever one likes, with the cluster's own keys.

    When:
        A pod on a node of the control plane runs as root and mounts the directory of the keys, or one that signs
        certificates or tokens, or that of the front proxy; not on EKS.

    Trap:
        Certificates, public keys and the API server's own key from the same directory sign nothing. Tokens may be
        signed elsewhere, by a service that keeps its key.
    """
    for place in controlplane.places_on_own_nodes(model, controlplane.signing_keys):
        yield Step(place.pods, CLUSTER_ADMIN, place.because, place.assumes)
