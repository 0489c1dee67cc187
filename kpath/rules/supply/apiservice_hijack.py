from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.guards import api_writers


@rule(
    verb="answers for an API group and reads",
    attack=("T1557", "T1546"),
    difficulty=4, noise=3, gain=4,
    reads=READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def apiservice_hijack(model: Model) -> Iterator[Step]:
    """Register a server of one's own for an API group, so that requests for it are passed on there.

    When:
        `create` on `apiservices`, or `update` or `patch` on one that another server answers for.

    Trap:
        The API server answers for the built-in groups itself, so names like `v1.apps` are of no use. It passes on
        who asks, not the token that was shown.
    """
    for grant in api_writers(model):
        yield Step(grant.subjects, Ref("traffic/apiserver"), grant.because, grant.assumes)
