from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import node
from kpath.rules import Step, rule
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload import controlplane

UNSEEN = Assumption("an API server runs on that node, if not in a pod that is seen", Confidence.LOW, "pods")


@rule(
    verb="has the keys of",
    attack=("T1552.004", "T1078"),
    difficulty=1, noise=2, gain=5,
    reads=controlplane.READS,
    breaks=("M-NS-NODEPOOL",),
)  # fmt: skip
def cp_node_admin(model: Model) -> Iterator[Step]:
    """Take the keys and the administrator's kubeconfig from a node of the control plane.

    When:
        The node has the label of the control plane, an API server runs on it, and the cluster is not EKS's.

    Trap:
        The label alone says nothing on a node of EKS, and little elsewhere. Some distributions run the API server in
        no pod at all.
    """
    running = controlplane.apiservers(model)
    for name, because in controlplane.own_nodes(model).items():
        assumes = () if name in running else (UNSEEN,)
        yield Step(node(name), CLUSTER_ADMIN, (*because, *running.get(name, ())), assumes)
