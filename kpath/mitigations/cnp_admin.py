from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import METADATA
from kpath.semantics.netpol.drafts import blocks, made
from kpath.semantics.netpol.engine import VPC_CNI, engines
from kpath.snapshot.patch import Patch


@mitigation(refutes=("ns:/metadata/name", "netpol:/spec/egress/*"), lag=IMMEDIATE)
def cnp_admin(fact: Fact, model: Model) -> Patch | None:
    """Deny 169.254.169.254 to every pod by a ClusterNetworkPolicy of EKS, which no policy of a namespace overrides.

    It takes version 1.21.1 of Amazon's plugin. One of a smaller priority may accept it. Pods on the host's network are
    not held, nor those on Fargate, on Windows or without a controller.
    """
    if not any(each.reads == VPC_CNI for each in engines(model)):
        return None
    rule = {"name": "no-imds", "action": "Deny", "to": [{"networks": blocks(model, METADATA)}]}
    spec = {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "egress": [rule]}
    return made("networking.k8s.aws/v1alpha1", "ClusterNetworkPolicy", Ref("eks-clusternetpol/kpath-no-imds"), spec)
