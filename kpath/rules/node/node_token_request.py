from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.nodes import requestable, users_of
from kpath.semantics.workload.places import TOKEN_READS


@rule(
    verb="mints a token, as the node does for its pods, of",
    attack=("T1528",),
    difficulty=2, noise=2, gain=5,
    reads=TOKEN_READS | {"clusters", "providers", "pod_identities"},
    breaks=("M-NS-NODEPOOL", "M-SA-AUTOMOUNT"),
)  # fmt: skip
def node_token_request(model: Model) -> Iterator[Step]:
    """Mint tokens of the service accounts of a node's pods with the node's identity.

    When:
        A pod bound to the node uses the service account. Since 1.33 only for audiences in the pod's volumes.

    Trap:
        No container escape is needed. Pods without a token volume are safe from 1.33 on only.
    """
    for each in requestable(model):
        yield Step(users_of(model, each.nodes), each.target, each.because, each.assumes, by=each.pods)
