from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.kiam import READS, by_certificate, by_server


@rule(
    verb="gets, as a part of kiam, the credentials of",
    attack=("T1552.004",),
    difficulty=3, noise=2, gain=5,
    reads=READS,
    breaks=("M-NS-SPLIT", "M-NP-DENY"),
)  # fmt: skip
def kiam_server_takeover(model: Model) -> Iterator[Step]:
    """Be kiam's server, or one of its agents.

    When:
        Root on a node with a server: the roles that the server's role, or its node's, may assume. Or a Secret that a
        container of kiam mounts, for the certificates by which servers and agents know each other, and a connection to
        a server: the roles that kiam gives to some pod.

    Trap:
        To an agent the server gives no more than what pods are annotated with. A node with an agent alone gets nothing.
    """
    for each in (*by_server(model), *by_certificate(model)):
        yield Step(each.source, each.roles, each.because, each.assumes, also=each.also)
