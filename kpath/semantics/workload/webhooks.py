"""The pods that answer for admission webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_ext import Webhook, WebhookConfiguration
from kpath.refs import Ref
from kpath.semantics.workload.endpoints import READS as ENDPOINTS
from kpath.semantics.workload.endpoints import backends, selector_fact

READS = ENDPOINTS | {"coverage"}


class Answering(Struct, frozen=True):
    """Pods that the API server asks what to do with a request."""

    pods: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


# Why a webhook of a configuration counts, by its number; `None` where it does not.
Counts = Callable[[Ref, int, Webhook], Evidence | None]


def answering(model: Model, configurations: Mapping[Ref, WebhookConfiguration], counts: Counts) -> Iterator[Answering]:
    """The pods behind the Services that webhooks which count name; by URL no pod of the cluster is asked."""
    for ref, configuration in configurations.items():
        seen: set[Ref] = set()
        for index, webhook in enumerate(configuration.webhooks or ()):
            named, why = webhook.client_config.service, counts(ref, index, webhook)
            service = Ref(f"svc/{named.namespace}/{named.name}") if named is not None else None
            if named is not None and service is not None and why is not None and service not in seen:
                seen.add(service)
                at = pointer("webhooks", index, "clientConfig", "service")
                place = Fact(ref, f"{at}/namespace", named.namespace)
                for each in _behind(model, service, place, f"{at}/name"):
                    yield replace(each, because=(*each.because, *why))


def _behind(model: Model, service: Ref, place: Fact, named: str) -> Iterator[Answering]:
    """The pods that a Service leads to; where it was not collected, any of its namespace may be one."""
    if service in backends(model):
        name = Fact(place.of, named, service.name)
        selector = sorted((model.services[service].spec.selector or {}).items())
        labels = (Fact(SOURCE, pointer("metadata", "labels", key), value) for key, value in selector)
        yield Answering(backends(model)[service], (place, name, *selector_fact(model, service), *labels))
    elif service not in model.services and "services" not in model.coverage.listed:
        near = model.pods.of(each for each in model.pods.classes if each.namespace == service.namespace)
        unknown = Assumption(f"{service} leads to it", Confidence.LOW, "services")
        yield Answering(near, (place,), (unknown,))
