from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.semantics.workload.hookrules import rewrites, sees, sees_secrets
from kpath.semantics.workload.webhooks import READS, answering

REQUESTS = Ref("traffic/apiserver")
ENOUGH = Assumption("what the webhook sees is enough to take over the cluster", Confidence.MEDIUM)


@rule(
    verb="answers for an admission webhook and holds",
    attack=("T1546",),
    difficulty=3, noise=3, gain=4,
    reads=READS | {"mutating_webhooks", "validating_webhooks"},
    breaks=("M-NS-SPLIT", "M-WEBHOOK-HARDEN"),
)  # fmt: skip
def webhook_backend_takeover(model: Model) -> Iterator[Step]:
    """Sit in the pod that an admission webhook asks: a mutating one rewrites objects, any one reads them.

    When:
        The pod is behind the Service that a MutatingWebhookConfiguration or ValidatingWebhookConfiguration names;
        what it rewrites are pods, their controllers, roles or bindings.

    Trap:
        It gets no more than what the webhook's rules send it: one that is asked about certificates of its own kind
        leads nowhere, one that is asked about Secrets reads them. Its selectors may send it less, hence the
        assumption. A webhook that is named by a URL is no pod of the cluster, and a Service without a selector leads
        to none.
    """
    for found in answering(model, model.mutating_webhooks, rewrites):
        yield Step(found.pods, CLUSTER_ADMIN, found.because, (*found.assumes, ENOUGH))
    readers = ((model.mutating_webhooks, sees_secrets), (model.validating_webhooks, sees))
    for configurations, counts in readers:
        for found in answering(model, configurations, counts):
            yield Step(found.pods, REQUESTS, found.because, found.assumes)
