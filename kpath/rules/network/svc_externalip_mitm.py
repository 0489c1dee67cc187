from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants

CLAIMS = (
    ("services", ("create", "update", "patch")),
    ("services/status", ("update", "patch")),
)


@rule(
    verb="claims an address for a Service of its own and draws off",
    attack=("T1557",),
    difficulty=2, noise=3, gain=3,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def svc_externalip_mitm(model: Model) -> Iterator[Step]:
    """Claim any address for a Service, so that pods which connect to it come to one's own.

    When:
        `create`, `update` or `patch` on Services, for `externalIPs`; or `update` or `patch` on their status, for the
        address of the load balancer. The namespace does not matter.

    Trap:
        Loopback and link-local addresses are refused, so the metadata service cannot be claimed. TLS limits what it
        gives. The admission plugin that denies external IPs cannot be set on EKS.
    """
    for resource, verbs in CLAIMS:
        for verb in verbs:
            for grant in grants(model, verb, resource):
                yield Step(grant.subjects, Ref("traffic/cluster"), grant.because, grant.assumes)
