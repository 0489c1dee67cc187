from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Change, rule
from kpath.semantics.iam.able import Call, able, administrators
from kpath.semantics.iam.estate import READS, clusters
from kpath.semantics.workload.platform import opened
from kpath.snapshot.patch import Patch

KNOWN = (
    ("eks:endpointpublicaccess", ("true",)), ("eks:publicaccesscidrs", ("0.0.0.0/0",)), ("eks:authenticationmode", ()),
)  # fmt: skip


@rule(
    verb="exposes the API endpoint of",
    attack=("T1562.007",),
    difficulty=1, noise=4, gain=1,
    reads=READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_endpoint_open(model: Model) -> Iterator[Change]:
    """Expose the endpoint of the API server to the internet.

    When:
        `eks:UpdateClusterConfig` on the cluster. It opens something where the endpoint is not public, or not to all
        addresses.

    Trap:
        It gives nothing by itself: it is a change, and EXPOSE_API_PUBLIC is derived from the changed state.
    """
    for ref, cluster in clusters(model):
        for each in able(model, Call("eks:UpdateClusterConfig", frozenset({ref}), KNOWN)):
            # Whoever may do anything opens nothing by it.
            patch = Patch() if each.principal in administrators(model) else opened(ref, cluster)
            yield Change(each.principal, ref, patch, each.because(model), each.assumes)
