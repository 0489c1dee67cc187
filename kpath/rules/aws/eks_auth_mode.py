from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Change, rule
from kpath.semantics.iam.able import Call, able
from kpath.semantics.rbac.entries import READS, clusters
from kpath.semantics.rbac.modes import is_old
from kpath.snapshot.patch import Patch
from kpath.verdict import Denied


@rule(
    verb="switches on access entries for",
    attack=("T1556",),
    difficulty=1, noise=4, gain=2,
    reads=READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_auth_mode(model: Model) -> Iterator[Change]:
    """Make a cluster honour access entries.

    When:
        `eks:UpdateClusterConfig` on a cluster in mode CONFIG_MAP.

    Trap:
        It gives nothing by itself: it is a change, on which EKS_ACCESS_ENTRY_CREATE builds. There is no way back, and
        the cluster's creator shows up as an entry.
    """
    for ref, cluster in clusters(model):
        old = is_old(model, ref, cluster)
        known = (
            ("eks:authenticationmode", ("API_AND_CONFIG_MAP",)),
            *((f"eks:{key}", ()) for key in ("endpointpublicaccess", "publicaccesscidrs")),
        )
        for each in (
            able(model, Call("eks:UpdateClusterConfig", frozenset({ref}), known)) if not isinstance(old, Denied) else ()
        ):
            because, assumes = (*each.because(model), *old.because), (*each.assumes, *old.assumes)
            yield Change(each.principal, ref, Patch(), because, assumes)
