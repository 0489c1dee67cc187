from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import identities


@rule(
    verb="mints a token for",
    attack=("T1528", "T1550.001"),
    difficulty=1, noise=2, gain=5,
    reads=READS | {"providers", "pod_identities"},
    breaks=("M-RBAC-REMOVE", "M-RBAC-NAMES", "M-RBAC-NSBIND"),
)  # fmt: skip
def token_request(model: Model) -> Iterator[Step]:
    """Ask the API server for a token of a service account, for any audience.

    When:
        `create` on `serviceaccounts/token`; resource names are effective.

    Trap:
        The token outlives the grant. The built-in `edit` role carries this right.
    """
    for grant in grants(model, "create", "serviceaccounts/token"):
        yield Step(grant.subjects, identities(model, grant), grant.because, grant.assumes)
