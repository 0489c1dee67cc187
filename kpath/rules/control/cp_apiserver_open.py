from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload import controlplane

APISERVER = Ref("apiserver")


@rule(
    verb="is refused nothing, like",
    attack=("T1133",),
    difficulty=1,
    noise=2,
    gain=5,
    reads=controlplane.READS | universe.READS,
)
def cp_apiserver_open(model: Model) -> Iterator[Step]:
    """Use an API server that authorizes everything.

    When:
        A flag of the API server opens an insecure port, or sets the authorization mode to AlwaysAllow; or no flag
        sets a mode or a configuration of authorization, since that is the default. Not on EKS.

    Trap:
        AlwaysAllow switches anonymous requests off: it serves whoever has some identity, such as any pod. The
        insecure port is bound to the loopback unless a flag says otherwise.
    """
    for verdict in controlplane.insecure_ports(model):
        yield Step(APISERVER, CLUSTER_ADMIN, verdict.because, verdict.assumes)
    everybody = universe.members(model, universe.AUTHENTICATED)
    for verdict in controlplane.always_allows(model):
        yield Step(everybody, CLUSTER_ADMIN, verdict.because, verdict.assumes)
