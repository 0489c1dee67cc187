from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import secrets

RETURNED = Assumption("the server returns what it deletes, or would delete in a dry run", Confidence.MEDIUM)


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
        `patch` on `secrets`, which returns the object; `deletecollection`, which returns what it deletes; or
        the right to make a pod in the namespace, which may mount any Secret there.

    Trap:
        Taking `get`, `list` and `watch` away does not protect Secrets. `update` alone destroys them.
    """
    for found in (grants(model, "patch", "secrets"), launches.direct(model), launches.through_controllers(model)):
        for grant in found:
            yield Step(grant.subjects, secrets(model, grant), grant.because, grant.assumes)
    for grant in grants(model, "deletecollection", "secrets"):
        yield Step(grant.subjects, secrets(model, grant), grant.because, (*grant.assumes, RETURNED))
