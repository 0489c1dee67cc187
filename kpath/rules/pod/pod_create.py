from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS


@rule(
    verb="creates a pod that escapes to",
    attack=("T1610",),
    difficulty=1, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-PSA-BASELINE", "M-GK-PRIV", "M-RBAC-REMOVE", "M-NS-NODEPOOL"),
)  # fmt: skip
def pod_create(model: Model) -> Iterator[Step]:
    """Create a pod that escapes to its node.

    When:
        `create` on `pods`, in a namespace that lets a privileged pod in.

    Trap:
        Rules with resource names never match the creation of a pod.
    """
    nodes = launches.escape_nodes(model)
    for subjects, because, assumes in launches.escapes(model, launches.direct(model)):
        yield Step(subjects, nodes, because, assumes)


@barrier(pod_create)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The Pod Security level of a namespace in which one may create pods."""
    for held, because in launches.refusals(model, launches.direct(model), holds):
        yield Block(held, launches.escape_nodes(model), because)
