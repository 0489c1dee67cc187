from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import METADATA
from kpath.semantics.netpol.drafts import blocks, made
from kpath.semantics.netpol.engine import CALICO, engines
from kpath.snapshot.patch import Patch

API, TIER, FIRST = "projectcalico.org/v3", "kpath", 1


@mitigation(refutes=("ns:/metadata/name", "netpol:/spec/egress/*"), lag=IMMEDIATE)
def gnp_imds(fact: Fact, model: Model) -> Patch | None:
    """Deny 169.254.169.254 to every pod, in a tier of Calico's that no policy of a namespace overrides.

    An earlier tier, or a policy of this one with a lower order, may allow it. Pods on the host's network are not
    held: that takes host endpoints, which cut the kubelet off as well. Whatever needs the metadata service has to be
    excepted by name.
    """
    if not any(each.name == CALICO for each in engines(model)):
        return None
    deny = {"action": "Deny", "destination": {"nets": blocks(model, METADATA)}}
    spec = {"tier": TIER, "order": FIRST, "namespaceSelector": "all()", "types": ["Egress"]}
    spec |= {"egress": [deny, {"action": "Pass"}]}
    tier = made(API, "Tier", Ref(f"tier/{TIER}"), {"order": FIRST})
    return tier | made(API, "GlobalNetworkPolicy", Ref(f"gnp/{TIER}.no-imds"), spec)
