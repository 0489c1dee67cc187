from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Change, Step, changed, rule
from kpath.semantics.pivot.audiences import READS, adding, opened
from kpath.snapshot.patch import Patch


@rule(
    verb="widens the audiences of",
    attack=("T1484.002",),
    difficulty=3, noise=2, gain=3,
    reads=READS,
    breaks=("M-TRUST-EXACT",),
)  # fmt: skip
def iam_oidc_audience(model: Model) -> Iterator[Step | Change]:
    """Have STS accept the tokens that pods use for the API server.

    When:
        `iam:AddClientIDToOpenIDConnectProvider` on the provider of the cluster's issuer; then every service account
        takes the roles whose trust names it and asks for no audience.

    Trap:
        Where the trust asks for an audience it is void. By itself it is a change only.
    """
    for each, provider in adding(model):
        yield Change(each.principal, provider, Patch(), each.because(model), each.assumes)
    for provider, accounts, role, verdict in opened(model):
        also = (changed("IAM_OIDC_AUDIENCE", provider),)
        yield Step(accounts, role, verdict.because, verdict.assumes, also)
