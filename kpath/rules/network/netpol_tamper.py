from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.netpol import isolating


@rule(
    verb="opens the network of",
    attack=("T1562.007",),
    difficulty=1, noise=3, gain=3,
    reads=READS | {"spaces", "pods"},
    breaks=("M-RBAC-REMOVE", "M-CNP-ADMIN", "M-GNP-IMDS"),
)  # fmt: skip
def netpol_tamper(model: Model) -> Iterator[Step]:
    """Take away or widen what isolates pods from each other.

    When:
        `create`, `update`, `patch` or `delete` on network policies of Kubernetes, Calico, Cilium or AWS; or
        `update` or `patch` on Amazon's plugin or its settings.

    Trap:
        It gives nothing by itself: it is a change. `create` is enough, since policies only add to what is allowed.
        `edit` and `admin` have the right. A namespaced policy cannot override a policy of an earlier tier.
    """
    for grant, targets in isolating(model):
        yield Step(grant.subjects, targets, grant.because, grant.assumes)
