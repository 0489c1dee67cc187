from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.nodes import users_of
from kpath.semantics.workload.colocated import secrets_referred_to


@rule(
    verb="reads, as the node does for its pods,",
    attack=("T1552.007",),
    difficulty=2, noise=2, gain=4,
    reads={"pods", "nodes", "claims", "volumes"},
    breaks=("M-NS-NODEPOOL", "M-NS-SPLIT"),
)  # fmt: skip
def node_object_read(model: Model) -> Iterator[Step]:
    """Read the Secrets of a node's pods with the node's identity.

    When:
        A pod bound to the node refers to the Secret: as a volume, in the environment, to pull images, for the driver
        of a CSI volume. Of a claim, the PersistentVolume names those for its driver, in a namespace of its own choice.

    Trap:
        A node cannot list the Secrets of a namespace, nor read those of a volume that are for the driver's controller.
    """
    for each in secrets_referred_to(model):
        yield Step(users_of(model, each.nodes), each.target, each.because, each.assumes, by=each.pods)
