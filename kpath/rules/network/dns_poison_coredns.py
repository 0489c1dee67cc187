from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants

COREDNS = Ref("configmap/kube-system/coredns")
THERE = Assumption(f"{COREDNS} is there", Confidence.MEDIUM, "configmaps")


@rule(
    verb="rewrites the answers of",
    attack=("T1557", "T1584.002"),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-RBAC-NAMES", "M-RBAC-REMOVE"),
)  # fmt: skip
def dns_poison_coredns(model: Model) -> Iterator[Step]:
    """Rewrite the names that the cluster's DNS answers for.

    When:
        `update` or `patch` on the ConfigMap `coredns` of kube-system.

    Trap:
        Where all nodes are of Auto Mode, DNS runs off the cluster. The managed add-on may put its own back.
    """
    is_off = bool(model.nodes) and all(node.compute == "auto" for node in model.nodes)
    doubts = () if COREDNS in model.config_maps else (THERE,)
    for verb in () if is_off else ("update", "patch"):
        for grant in grants(model, verb, "configmaps"):
            if grant.includes(COREDNS):
                yield Step(grant.subjects, Ref("traffic/dns"), grant.because, (*grant.assumes, *doubts))
