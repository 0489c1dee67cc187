from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.universe import node_user
from kpath.semantics.workload.metadata import known_only_by_name
from kpath.semantics.workload.places import TOKEN_READS, holdings


@rule(
    verb="has the token of",
    attack=("T1078.001", "T1528"),
    difficulty=1, noise=1, gain=2,
    reads=TOKEN_READS,
    breaks=("M-SA-AUTOMOUNT", "M-SA-DEDICATED"),
)  # fmt: skip
def identity_assume(model: Model) -> Iterator[Step]:
    """Act with the identity at hand: of the token in the container, or of the node.

    When:
        The container mounts a token for the API server: projected, or in a Secret of a service account. Root
        on a node always has the node's identity.

    Trap:
        A pod without a token has no identity, whatever its service account. Tokens for other audiences
        are refused by the API server.
    """
    for each in holdings(model):
        if each.token.audience is None:
            yield Step(model.pods.of(each.classes), each.account, each.because, each.token.assumes)
    for node in model.nodes:
        if node.compute != "fargate" and not node.is_placeholder:
            yield Step(node.ref, node_user(node.name), known_only_by_name(node))
