from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import granted, secrets


@rule(
    verb="obtains",
    attack=("T1552.007",),
    difficulty=2, noise=2, gain=4,
    reads=READS | launches.READS | {"secrets"},
    breaks=("M-RBAC-REMOVE", "M-NS-SPLIT"),
)  # fmt: skip
def secret_read_indirect(model: Model) -> Iterator[Step]:
    """Read a Secret with a right to write.

    When:
        `patch` on `secrets`, which returns the object; or the right to create a pod in the namespace,
        which may mount any Secret there.

    Trap:
        Taking `get`, `list` and `watch` away does not protect Secrets. `update` alone destroys them.
    """
    for found in (grants(model, "patch", "secrets"), launches.direct(model), launches.through_controllers(model)):
        for grant in found:
            if grant.names is None:
                yield Step(grant.subjects, granted(model, grant, secrets(model)), grant.because, grant.assumes)
