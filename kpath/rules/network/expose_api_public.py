from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload.balancers import INTERNET
from kpath.semantics.workload.platform import public_api


@rule(
    verb="reaches the public endpoint of",
    attack=("T1133",),
    difficulty=1, noise=1, gain=1,
    reads={"clusters"},
    breaks=("M-API-PRIVATE",),
)  # fmt: skip
def expose_api_public(model: Model) -> Iterator[Step]:
    """Reach the API server from the internet.

    When:
        The cluster's endpoint is public, and its public access CIDRs are not set or have 0.0.0.0/0.

    Trap:
        It is no compromise by itself: it lets stolen tokens and AWS credentials be used from anywhere.
    """
    for verdict in public_api(model):
        yield Step(INTERNET, Ref("apiserver"), verdict.because, verdict.assumes)
