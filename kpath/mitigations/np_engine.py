from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation, on_workload
from kpath.model.tables import Model
from kpath.semantics.netpol.engine import SETTING, SWITCH
from kpath.snapshot.patch import Patch


@mitigation(
    refutes=(
        "pod:/spec/containers/*/args/*",
        "ds:/spec/template/spec/containers/*/args/*",
        f"configmap:/data/{SETTING}",
    ),
    lag=IMMEDIATE,
)
def np_engine(fact: Fact, model: Model) -> Patch | None:
    """Have Amazon's plugin enforce network policies.

    The add-on does it with `enableNetworkPolicy: true`. It holds no pods on the host's network, on Fargate or on
    Windows, none without a controller, and no further interfaces. In its standard mode a pod is open in its first
    seconds.
    """
    if fact.of.kind == "configmap":
        return Patch.replace(fact.of, fact.at, "true")
    if not (fact.value or "").lstrip("-").startswith(SWITCH.lstrip("-")):
        return None
    on = f"{SWITCH}=true"
    return on_workload(model, fact.of, fact.at, on) if fact.of.kind == "pod" else Patch.replace(fact.of, fact.at, on)
