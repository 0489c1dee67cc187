from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac import guards
from kpath.semantics.rbac.grants import READS

REQUESTS = Ref("traffic/apiserver")


@rule(
    verb="has its own webhook read",
    attack=("T1546", "T1040"),
    difficulty=3, noise=3, gain=4,
    reads=READS | {"validating_webhooks"},
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def admission_observe(model: Model) -> Iterator[Step]:
    """Have the API server send every object that is written to a webhook of one's own.

    When:
        `create` on `validatingwebhookconfigurations`, or `update` or `patch` on one that is there.

    Trap:
        What was stored before is not seen: a Secret comes by when it is written. Nothing is rewritten this way, so it
        is not the same as a mutating webhook.
    """
    for grant in guards.webhook_writers(model, guards.VALIDATING):
        yield Step(grant.subjects, REQUESTS, grant.because, grant.assumes)
