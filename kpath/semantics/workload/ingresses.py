"""Which Services an Ingress leads to, and from where: by its class, and what its annotations say to an ALB.

Source: Kubernetes documentation, Ingress (class, default class); AWS Load Balancer Controller guide, Ingress
annotations (v2.13).
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.tables import Model
from kpath.model.wire_net import Ingress, IngressBackend
from kpath.refs import Ref
from kpath.semantics.workload.balancers import INTERNET, VPC, address, annotation, is_within, lets_everybody_in

CONTROLLERS = ("ingress.k8s.aws/alb", "eks.amazonaws.com/alb")
CLASS = "kubernetes.io/ingress.class"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
SCHEME, CIDRS, AUTH = (f"alb.ingress.kubernetes.io/{name}" for name in ("scheme", "inbound-cidrs", "auth-type"))

TAKEN_UP = Assumption("some controller takes up an Ingress without a class", Confidence.LOW, "ingressclasses")
OPEN = Assumption("the ingress controller's own front is open to the internet")
MADE = Assumption("its load balancer is made")
LOGGED_IN = Assumption("its authentication lets the attacker pass", Confidence.LOW)

Front = tuple[Ref, Evidence, tuple[Assumption, ...]]


def services(of: Ref, ingress: Ingress) -> Iterator[tuple[Ref, Fact]]:
    """The Services that an Ingress leads to, each with the field that names it."""
    for at, backend in _backends(ingress):
        if backend is not None and backend.service is not None and backend.service.name:
            name = backend.service.name
            yield Ref(f"svc/{of.namespace}/{name}"), Fact(of, f"{at}/service/name", name)


def _backends(ingress: Ingress) -> Iterator[tuple[str, IngressBackend | None]]:
    yield "/spec/defaultBackend", ingress.spec.default_backend
    for number, rule in enumerate(ingress.spec.rules or ()):
        for index, path in enumerate((rule.http.paths if rule.http is not None else None) or ()):
            yield pointer("spec", "rules", number, "http", "paths", index, "backend"), path.backend


def front(model: Model, of: Ref, ingress: Ingress) -> Front:
    """Where one has to be to reach what an Ingress leads to."""
    is_alb, because, doubts = _class(model, of, ingress)
    found = address(of, ingress.status)
    if is_within(found):
        return VPC, found, ()
    if not is_alb:
        return INTERNET, because, (*doubts, OPEN)
    pending = () if found else (MADE,)
    scheme = annotation(of, ingress.metadata, SCHEME)
    if scheme.value != "internet-facing":
        return VPC, (*because, *found, scheme), (*doubts, *pending)
    sources = annotation(of, ingress.metadata, CIDRS)
    if not lets_everybody_in(sources.value):
        return VPC, (*because, *found, sources), (*doubts, *pending)
    asks = annotation(of, ingress.metadata, AUTH).value not in (None, "", "none")
    because = (*because, *found, scheme, sources)
    return INTERNET, because, (*doubts, *pending, *((LOGGED_IN,) if asks else ()))


def _class(model: Model, of: Ref, ingress: Ingress) -> tuple[bool, Evidence, tuple[Assumption, ...]]:
    """Whether an ALB serves an Ingress: by the annotation of old, by the class that it names, by the default class."""
    said = annotation(of, ingress.metadata, CLASS)
    if said.value is not None:
        return said.value == "alb", (said,), ()
    named = Fact(of, "/spec/ingressClassName", ingress.spec.ingress_class_name)
    if named.value:
        ref = Ref(f"ingressclass/{named.value}")
        if ref not in model.ingress_classes:
            return named.value == "alb", (named,), ()
        is_alb, controller = _controller(model, ref)
        return is_alb, (named, controller), ()
    for ref, each in model.ingress_classes.items():
        default = annotation(ref, each.metadata, DEFAULT)
        if default.value == "true":
            is_alb, controller = _controller(model, ref)
            return is_alb, (default, controller), ()
    return False, (named,), (TAKEN_UP,)


def _controller(model: Model, of: Ref) -> tuple[bool, Fact]:
    name = model.ingress_classes[of].spec.controller
    return name in CONTROLLERS, Fact(of, "/spec/controller", name)
