from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Evidence
from kpath.model.classes import PodClass
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload import vantages
from kpath.semantics.workload.claims import claim_mounts


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
    groups: dict[tuple[Ref, Evidence], list[PodClass]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            for mount in claim_mounts(each.spec, vantage):
                groups.setdefault((Ref(f"pvc/{each.namespace}/{mount.name}"), mount.because), []).append(each)
    for (claim, because), classes in groups.items():
        yield Step(model.pods.of(classes), claim, because)
