from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.certificates import certifiable, signing
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload import platform
from kpath.verdict import Denied


@rule(
    verb="has a client certificate signed that makes it",
    attack=("T1649",),
    difficulty=2, noise=3, gain=5,
    reads=READS | platform.READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def csr_sign_client(model: Model) -> Iterator[Step]:
    """Have a client certificate signed for another identity.

    When:
        By one principal, cluster-wide: `create` on certificate signing requests; `update` or `patch` on their
        `approval`, `approve` on the signer of API clients, and a verb that returns the request. Or `create`,
        `update` or `patch` on their `status`, and `sign` on that signer.

    Trap:
        EKS signs no client certificates. None is issued for `system:masters`. The signer may be named by its domain
        and `*`. A certificate cannot be revoked.
    """
    ours = platform.self_managed(model)
    for joint in signing(model) if not isinstance(ours, Denied) else ():
        because, assumes = (*joint.because, *ours.because), (*joint.assumes, *ours.assumes)
        yield Step(joint.subjects, certifiable(model), because, assumes)
