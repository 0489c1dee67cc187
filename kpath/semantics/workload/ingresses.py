"""Which Services an Ingress leads to, and from where: by its class, and what its annotations say to an ALB.

Source: Kubernetes documentation, Ingress (class, default class); AWS Load Balancer Controller guide, Ingress
annotations (v2.13).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire_net import Ingress, IngressBackend, Service
from kpath.refs import Ref
from kpath.semantics.workload import balancers, clients
from kpath.semantics.workload.balancers import INTERNET, VPC, Front, address, annotation, lets_everybody_in
from kpath.semantics.workload.targets import Port

CONTROLLERS = ("ingress.k8s.aws/alb", "eks.amazonaws.com/alb")
CLASS = "kubernetes.io/ingress.class"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
ALB = "alb.ingress.kubernetes.io/"
SCHEME, CIDRS, AUTH = (f"{ALB}{name}" for name in ("scheme", "inbound-cidrs", "auth-type"))
GROUP, GUARDS, TARGETS = (f"{ALB}{name}" for name in ("group.name", "security-groups", "target-type"))
PARAMETERS = "IngressClassParams"

TAKEN_UP = Assumption("some controller takes up an Ingress without a class", Confidence.LOW, "ingressclasses")
OPEN = Assumption("the ingress controller's own front is open to the internet")
MADE = Assumption("its load balancer is made")
GROUPED = Assumption("another Ingress of its group makes the load balancer face the internet")
PARAMETERISED = Assumption(
    "the parameters of its class open the load balancer to the internet", missing="ingressclassparams"
)
LOGGED_IN = Assumption("its authentication lets the attacker pass", Confidence.LOW)


def services(of: Ref, ingress: Ingress) -> Iterator[tuple[Ref, Port, Fact]]:
    """The Services that an Ingress leads to, each with the port of it, and the field that names it."""
    for at, backend in _backends(ingress):
        if backend is not None and backend.service is not None and backend.service.name:
            name, port = backend.service.name, backend.service.port
            chosen = (port.number or port.name) if port is not None else None
            yield Ref(f"svc/{of.namespace}/{name}"), chosen, Fact(of, f"{at}/service/name", name)


def _backends(ingress: Ingress) -> Iterator[tuple[str, IngressBackend | None]]:
    yield "/spec/defaultBackend", ingress.spec.default_backend
    for number, rule in enumerate(ingress.spec.rules or ()):
        for index, path in enumerate((rule.http.paths if rule.http is not None else None) or ()):
            yield pointer("spec", "rules", number, "http", "paths", index, "backend"), path.backend


class Class(Struct, frozen=True):
    """What serves an Ingress, why, and the field that says that its class has parameters."""

    is_alb: bool
    because: Evidence
    assumes: tuple[Assumption, ...] = ()
    parameters: Evidence = ()


def fronts(model: Model, of: Ref, ingress: Ingress) -> tuple[Front, ...]:
    """Where one has to be to reach what an Ingress leads to; nowhere, where its controller's front lets few in."""
    served = _class(model, of, ingress)
    found = address(of, ingress.status)
    if balancers.is_within(found):
        groups = annotation(of, ingress.metadata, GUARDS)
        guards = (groups,) if served.is_alb and groups.value else ()
        return ((VPC, (*found, *guards), tuple(balancers.admitted(VPC) for _ in guards)),)
    if served.is_alb:
        return (_alb(of, ingress, served, found),)
    return tuple(
        (source, (*served.because, *because), (*served.assumes, *assumes))
        for source, because, assumes in shared(model, found)
    )


def client(model: Model, of: Ref, ingress: Ingress, service: Service) -> str:
    """Whose address the pods see: an ALB's, or that of the node it leads to; Auto Mode's may do either."""
    served = _class(model, of, ingress)
    told = [(each.annotations or {}).get(TARGETS) for each in (service.metadata, ingress.metadata)]
    kind = next((each for each in told if each), None)
    if not served.is_alb or (kind is None and any(fact.value == CONTROLLERS[1] for fact in served.because)):
        return clients.PROXY
    return clients.BALANCER if kind == "ip" else clients.by_instance(service)


def shared(model: Model, found: Evidence) -> tuple[Front, ...]:
    """As exposed as the Service that has the same address, which is the controller's; in doubt where there is none."""
    for each in found:
        same = _by_address(model).get(each.value or "")
        if same is not None:
            return tuple((source, (each, *because), assumes) for source, because, assumes in same)
    return ((INTERNET, (), (OPEN,)),)


def _alb(of: Ref, ingress: Ingress, served: Class, found: Evidence) -> Front:
    """What the name of an ALB says of it, else its scheme; then whom it admits."""
    assumes = (*served.assumes, *(() if found else (MADE,)))
    is_facing, reason, doubts = _scheme(of, ingress, served, found)
    because = (*served.because, *found, *reason)
    source = INTERNET if is_facing else VPC
    groups, ranges = (annotation(of, ingress.metadata, key) for key in (GUARDS, CIDRS))
    if groups.value:
        because, doubts = (*because, groups), (*doubts, balancers.admitted(source))
    elif is_facing:
        because = (*because, ranges)
        if not lets_everybody_in(ranges.value):
            return VPC, because, assumes
    asks = annotation(of, ingress.metadata, AUTH).value not in (None, "", "none")
    return source, because, (*assumes, *doubts, *((LOGGED_IN,) if asks and is_facing else ()))


def _scheme(of: Ref, ingress: Ingress, served: Class, found: Evidence) -> tuple[bool, Evidence, tuple[Assumption, ...]]:
    """Whether an ALB that is not known to be internal faces the internet."""
    if served.parameters:
        return True, served.parameters, (PARAMETERISED,)
    if balancers.is_public_alb(found):
        return True, (), ()
    said, group = (annotation(of, ingress.metadata, key) for key in (SCHEME, GROUP))
    if said.value is None and group.value:
        return True, (said, group), (GROUPED,)
    return said.value == "internet-facing", (said,), ()


@memoised
def _by_address(model: Model) -> Mapping[str, tuple[Front, ...]]:
    """By each address of the load balancers of Services: from where it is reached, one way for each certainty."""
    found: dict[str, dict[tuple[Ref, tuple[Assumption, ...]], Front]] = {}
    for ref, service in model.services.items():
        if service.spec.type == "LoadBalancer":
            front = balancers.of_service(ref, service)
            for each in balancers.addresses(ref, service.status):
                ways = found.setdefault(each.value or "", {})
                if front is not None:
                    ways.setdefault((front[0], front[2]), front)
    return {address: tuple(ways.values()) for address, ways in found.items()}


def _class(model: Model, of: Ref, ingress: Ingress) -> Class:
    """Whether an ALB serves an Ingress: by the annotation of old, by the class that it names, by the default class."""
    said = annotation(of, ingress.metadata, CLASS)
    if said.value is not None:
        return Class(said.value == "alb", (said,))
    named = Fact(of, "/spec/ingressClassName", ingress.spec.ingress_class_name)
    if named.value:
        ref = Ref(f"ingressclass/{named.value}")
        return (
            _by_controller(model, ref, named) if ref in model.ingress_classes else Class(named.value == "alb", (named,))
        )
    for ref, each in model.ingress_classes.items():
        default = annotation(ref, each.metadata, DEFAULT)
        if default.value == "true":
            return _by_controller(model, ref, default)
    return Class(False, (named,), (TAKEN_UP,))


def _by_controller(model: Model, of: Ref, chosen: Fact) -> Class:
    spec = model.ingress_classes[of].spec
    kind = spec.parameters.kind if spec.parameters is not None else None
    parameters = (Fact(of, "/spec/parameters/kind", kind),) if kind == PARAMETERS else ()
    controller = Fact(of, "/spec/controller", spec.controller)
    return Class(spec.controller in CONTROLLERS, (chosen, controller), (), parameters)
