from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import RECREATED, mitigation, on_workload
from kpath.model.tables import Model
from kpath.snapshot.patch import Patch


@mitigation(
    refutes=(
        "pod:/spec/*ontainers/*/securityContext/privileged",
        "*:/spec/*template/spec/*ontainers/*/securityContext/privileged",
    ),
    lag=RECREATED,
)
def ctx_unprivileged(fact: Fact, model: Model) -> Patch:
    """Run the container without `privileged`.

    Capabilities, host namespaces and host paths may let it escape all the same; who may create pods may make
    another privileged one.
    """
    path = "/spec" + fact.at.rpartition("/spec")[2]
    return on_workload(model, fact.of, path, False) if fact.of.kind == "pod" else Patch.replace(fact.of, fact.at, False)
