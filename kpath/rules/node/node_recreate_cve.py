from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.nodes import joined
from kpath.semantics.rbac.objects import before
from kpath.semantics.rbac.restriction import READS, walled_off

FIXED = 34
UNFIXED = Assumption(
    "the server is older than 1.31.12, 1.32.8 or 1.33.4, and lets anybody set owner references", Confidence.LOW
)


@rule(
    verb="registers anew, with the labels that are asked for by",
    attack=("T1068",),
    difficulty=3, noise=4, gain=3,
    reads=READS | {"nodes", "clusters"},
    breaks=("M-PATCH",),
)  # fmt: skip
def node_recreate_cve(model: Model) -> Iterator[Step]:
    """Delete one's own node through an owner reference, and register it again with other labels and no taints.

    When:
        The server is older than 1.31.12, 1.32.8 or 1.33.4 (CVE-2025-5187), and the pod has a controller and asks
        for a label that a kubelet may not set.

    Trap:
        A cluster tells its minor version only, and EKS patches by versions of its platform: what remains is a doubt.
    """
    older = before(model, FIXED, "a node can delete itself")
    for each in walled_off(model) if older is not None else ():
        yield Step(joined(model), each.pods, each.because, (*(older or ()), UNFIXED))
