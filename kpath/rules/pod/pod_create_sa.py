from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import identities


@rule(
    verb="creates a pod that runs as",
    attack=("T1610", "T1528"),
    difficulty=1, noise=3, gain=4,
    reads=READS | launches.READS | {"providers", "pod_identities"},
    breaks=("M-RBAC-REMOVE", "M-NS-SPLIT"),
)  # fmt: skip
def pod_create_sa(model: Model) -> Iterator[Step]:
    """Create a pod that runs as another service account of the namespace.

    When:
        `create` on `pods`, or on an object whose controller creates them.

    Trap:
        No Pod Security level prevents it, and switching automount off does not: whoever writes the pod
        may mount the token, for any audience.
    """
    for found in (launches.direct(model), launches.through_controllers(model)):
        for grant in found:
            yield Step(grant.subjects, identities(model, grant), grant.because, grant.assumes)
