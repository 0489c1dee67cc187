from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.places import TOKEN_READS, holdings


@rule(
    verb="has the token of",
    attack=("T1078.001", "T1528"),
    difficulty=1, noise=1, gain=2,
    reads=TOKEN_READS,
    breaks=("M-SA-AUTOMOUNT", "M-SA-DEDICATED"),
)  # fmt: skip
def identity_assume(model: Model) -> Iterator[Step]:
    """Act as the service account whose token is in the container.

    When:
        The container mounts a token for the API server: projected, or in a Secret of a service account.

    Trap:
        A pod without a token has no identity, whatever its service account. Tokens for other audiences
        are refused by the API server.
    """
    for each in holdings(model):
        if each.token.audience is None:
            yield Step(model.pods.of(each.classes), each.account, each.because, each.token.assumes)
