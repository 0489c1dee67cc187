from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.rbac import guards
from kpath.semantics.rbac.grants import READS
from kpath.snapshot.patch import Patch

EVERYWHERE = Ref("cluster")


@rule(
    verb="turns off admission policies of",
    attack=("T1562.001",),
    difficulty=1, noise=3, gain=4,
    reads=READS | {"mutating_webhooks", "validating_webhooks", "custom_definitions"},
    breaks=("M-RBAC-REMOVE", "M-WEBHOOK-HARDEN"),
)  # fmt: skip
def admission_disable(model: Model) -> Iterator[Change]:
    """Turn off what refuses pods and other objects: a webhook, a policy or a constraint.

    When:
        `delete`, `deletecollection`, `update` or `patch` on webhook configurations, on ValidatingAdmissionPolicies or
        their bindings, on Gatekeeper's constraints, templates or Config, or on Kyverno's policies.

    Trap:
        It is a change and gives nothing by itself. Stopping the pods of a policy engine is another matter: a webhook
        that fails closed then refuses everything. Writing a policy anew takes no other away.
    """
    for grant in guards.guard_removers(model):
        yield Change(grant.subjects, EVERYWHERE, Patch(), grant.because, grant.assumes)
