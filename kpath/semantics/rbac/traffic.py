"""The Services whose clients a right leads astray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.objects import pods

READS = frozenset({"services", "pods"})

# To read what passes to the Services of each namespace, and of all of them under `None`.
Traffic = Mapping[str | None, Refs]


def traffic(service: Ref) -> Ref:
    """To read what passes to a Service."""
    return Ref(f"traffic/svc/{service.namespace}/{service.name}")


def _spaces(model: Model, services: Iterable[Ref]) -> Traffic:
    groups: dict[str | None, list[Ref]] = {None: []}
    for ref in services:
        groups[None].append(traffic(ref))
        groups.setdefault(ref.namespace, []).append(traffic(ref))
    return {namespace: model.names.refs(refs) for namespace, refs in groups.items()}


@memoised
def every(model: Model) -> Traffic:
    """All Services but those that are only another name."""
    return _spaces(model, (ref for ref, each in model.services.items() if each.spec.type != "ExternalName"))


@memoised
def selecting(model: Model) -> Traffic:
    """The Services that choose their pods by labels."""
    return _spaces(model, (ref for ref in _selecting(model)))


@memoised
def handwritten(model: Model) -> Traffic:
    """The Services whose endpoints somebody writes."""
    chosen = frozenset(_selecting(model))
    return _spaces(
        model,
        (ref for ref, each in model.services.items() if each.spec.type != "ExternalName" and ref not in chosen),
    )


@memoised
def beside_pods(model: Model) -> Traffic:
    """The Services that choose by labels, in namespaces that have pods to relabel."""
    peopled = {each.namespace for each in model.pods.classes}
    return _spaces(model, (ref for ref in _selecting(model) if ref.namespace in peopled))


def _selecting(model: Model) -> list[Ref]:
    return [ref for ref, each in model.services.items() if each.spec.selector and each.spec.type != "ExternalName"]


def of(model: Model, found: Traffic, grant: Grant) -> Refs:
    """What passes to those of some Services that a grant extends to."""
    if grant.names is None:
        return found.get(grant.namespace) or model.names.refs(())
    places = [each for each in found if each is not None] if grant.namespace is None else [grant.namespace]
    named = (traffic(Ref(f"svc/{place}/{name}")) for place in places for name in grant.names)
    return model.names.refs(ref for ref in named if ref in found.get(None, ()))


def in_scope(model: Model, found: Traffic, grant: Grant) -> Refs:
    """What passes to those of some Services that are in the scope of a grant, whatever its names are names of."""
    return found.get(grant.namespace) or model.names.refs(())


def beside(model: Model, grant: Grant) -> Refs:
    """What passes to the Services that a pod which the grant extends to may be made to serve."""
    if grant.names is None:
        return in_scope(model, beside_pods(model), grant)
    spaces = dict.fromkeys(ref.namespace for ref in pods(model, grant))
    found = (ref for space in spaces for ref in selecting(model).get(space) or ())
    return model.names.refs(found)
