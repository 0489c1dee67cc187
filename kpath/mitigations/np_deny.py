from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.semantics.netpol.drafts import SYSTEM, netpol, to_agent, to_dns
from kpath.snapshot.patch import Patch


@mitigation(refutes="ns:/metadata/name", lag=IMMEDIATE)
def np_deny(fact: Fact, model: Model) -> Patch | None:
    """Deny what goes to and from the pods of a namespace, but for DNS and, where it is used, the Pod Identity agent.

    What the workloads need has to be allowed beside it, what the API server calls among it: webhooks, metrics. Not
    for kube-system, where the resolvers are. Any other policy may allow more, so whoever may create one
    undoes it. Pods on the host's network are not held, nor is a pod kept from its own node; a forwarded port passes.
    """
    if fact.of.name == SYSTEM:
        return None
    egress = [to_dns(model), *to_agent(model, fact.of.name)]
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": egress}
    return netpol(fact.of.name, "kpath-default-deny", spec)
