from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import NAMED, writers
from kpath.semantics.workload.controllers import cited, running

NAMES = Ref("traffic/dns")
TRUSTED = Assumption(
    "the names that the controller may set, or vouch for, are ones that others trust", Confidence.MEDIUM
)


@rule(
    verb="takes names or certificates for, and so",
    attack=("T1584.002", "T1649"),
    difficulty=3, noise=3, gain=3,
    reads=READS,
    breaks=("M-CTRL-SCOPE",),
)  # fmt: skip
def ctrl_dns_cert(model: Model) -> Iterator[Step]:
    """Have a controller set a name in DNS, or issue a certificate.

    When:
        `create`, `update` or `patch` on Services, Ingresses or DNSEndpoints while external-dns runs, or on Issuers,
        ClusterIssuers or Certificates while cert-manager runs.

    Trap:
        ClusterIssuers live outside of namespaces. It is no more than a name unless something trusts its issuer.
    """
    for operator in NAMED:
        for found in running(model, *operator.images)[:1]:
            for grant in writers(model, operator):
                yield Step(grant.subjects, NAMES, (*grant.because, *cited(model, found)), (*grant.assumes, TRUSTED))
