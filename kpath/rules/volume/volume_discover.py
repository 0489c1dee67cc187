from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.claims import claimed


@rule(
    verb="mounts",
    attack=("T1613",),
    difficulty=1, noise=1, gain=1,
    reads={"pods"},
)  # fmt: skip
def volume_discover(model: Model) -> Iterator[Step]:
    """See what is in the claims for storage that a container mounts.

    When:
        A mount or a device of the container names a volume that stands for the claim.

    Trap:
        A volume that the pod declares and the container does not mount gives nothing. Secrets, tokens and host
        paths have steps of their own.
    """
    for each in claimed(model):
        yield Step(each.pods, each.claim, each.mount.because)
