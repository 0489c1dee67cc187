from __future__ import annotations

import msgspec

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.semantics.netpol.barred import holds_any
from kpath.semantics.netpol.drafts import excepted, netpol, to_all_but_metadata
from kpath.semantics.netpol.engine import CILIUM, STRICT, engines
from kpath.semantics.netpol.policy import EGRESS
from kpath.snapshot.patch import Patch


@mitigation(refutes=("ns:/metadata/name", "netpol:/spec/egress/*"), lag=IMMEDIATE)
def np_imds(fact: Fact, model: Model) -> Patch | None:
    """Let the pods of a namespace send to every address but 169.254.169.254.

    Policies add up: any other one that lets a pod out to that address opens it again. In a namespace with policies
    that hold what goes out, a new one would open more than it closes; there, the rules that let it through are
    changed. Pods on the host's network are not held. In IPv6 clusters Amazon's plugin does not watch what goes out by
    IPv4. Its standard mode lets everything through in a pod's first seconds.
    """
    if fact.of.kind == "ns":
        # A pod without a policy is closed in the strict mode; a policy would open it.
        # Cilium takes no pod and no node for an address, so a rule for all addresses would close these.
        is_closed = any(each.name in (STRICT, CILIUM) for each in engines(model))
        if is_closed or holds_any(model, fact.of.name, EGRESS):
            return None
        spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": to_all_but_metadata(model)}]}
        return netpol(fact.of.name, "kpath-no-imds", spec)
    rule = msgspec.json.decode(fact.value or "null")
    if not isinstance(rule, dict) or (peers := excepted(model, rule)) == rule.get("to"):
        return None
    return Patch.replace(fact.of, f"{fact.at}/to", peers)
