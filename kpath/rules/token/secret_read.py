from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import secrets


@rule(
    verb="reads",
    attack=("T1552.007",),
    difficulty=1, noise=2, gain=4,
    reads=READS | {"secrets"},
    breaks=("M-RBAC-REMOVE", "M-RBAC-NSBIND", "M-NS-SPLIT"),
)  # fmt: skip
def secret_read(model: Model) -> Iterator[Step]:
    """Read a Secret through the API.

    When:
        `get`, `list` or `watch` on `secrets`; each of them returns whole objects.

    Trap:
        `view` leaves Secrets out, `edit` and `admin` have them.
    """
    for verb in ("get", "list", "watch"):
        for grant in grants(model, verb, "secrets"):
            yield Step(grant.subjects, secrets(model, grant), grant.because, grant.assumes)
