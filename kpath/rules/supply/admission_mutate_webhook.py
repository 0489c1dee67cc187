from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import guards
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.universe import CLUSTER_ADMIN


@rule(
    verb="rewrites what others send to the API server and becomes",
    attack=("T1546", "T1543.005"),
    difficulty=3, noise=3, gain=5,
    reads=READS | {"mutating_webhooks"},
    breaks=("M-RBAC-REMOVE", "M-RBAC-NAMES"),
)  # fmt: skip
def admission_mutate_webhook(model: Model) -> Iterator[Step]:
    """Have every new object pass through a webhook of one's own, which rewrites it.

    When:
        `create` on `mutatingwebhookconfigurations`, or `update` or `patch` on one that is there; or, where the server
        serves them, writing `mutatingadmissionpolicies` together with `create` on their bindings, by one principal.

    Trap:
        A right over one configuration by name is enough: whom the API server asks is a field of it. Only requests to
        come are rewritten. A RoleBinding grants nothing here, since these objects are in no namespace.
    """
    for grant in guards.webhook_writers(model, guards.MUTATING):
        if grant.subject != CLUSTER_ADMIN:
            yield Step(grant.subjects, CLUSTER_ADMIN, grant.because, grant.assumes)
    for joint in guards.mutating_policy_writers(model):
        yield Step(joint.subjects, CLUSTER_ADMIN, joint.because, joint.assumes)
