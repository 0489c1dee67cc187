"""From where a Gateway is reached: by its addresses, and by the controller of its class.

Source: Gateway API specification (v1.3), Gateway and GatewayClass; AWS Load Balancer Controller guide, Gateway API
(LoadBalancerConfiguration: internal unless its scheme says otherwise); AWS Gateway API Controller for VPC Lattice.
"""

from __future__ import annotations

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire_gw import Gateway, ParametersRef
from kpath.refs import Ref
from kpath.semantics.workload import balancers, ingresses
from kpath.semantics.workload.balancers import INTERNET, VPC, Front

READS = frozenset({"gateways", "gateway_classes", "services"})
ELASTIC = ("gateway.k8s.aws/alb", "gateway.k8s.aws/nlb")
LATTICE, LATTICE_CLASS = "application-networking.k8s.aws/gateway-api-controller", "amazon-vpc-lattice"
CONFIGURATION = "LoadBalancerConfiguration"

CONFIGURED = Assumption(
    "its LoadBalancerConfiguration opens the load balancer to the internet", missing="loadbalancerconfigurations"
)
ASSOCIATED = Assumption(
    "the VPC is associated with its service network, and no authentication policy keeps anybody out",
    missing="vpc-lattice list-service-network-vpc-associations",
)


class Class(Struct, frozen=True):
    """What makes Gateways of a class, why, and the field that would name a configuration of all of them."""

    controller: str
    because: Evidence
    parameters: Evidence = ()


@memoised
def fronts(model: Model, of: Ref) -> tuple[Front, ...]:
    """Where one has to be to reach a Gateway; nowhere, where its controller's front lets few in."""
    gateway = model.gateways[of]
    served = _class(model, of, gateway)
    addresses = (gateway.status.addresses if gateway.status is not None else None) or ()
    found: list[Evidence] = [
        (Fact(of, pointer("status", "addresses", index, "value"), each.value),)
        for index, each in enumerate(addresses)
        if each.value
    ]
    every = (front for each in found or [()] for front in _by_address(model, of, gateway, served, each))
    return tuple(dict.fromkeys(every))


def _by_address(model: Model, of: Ref, gateway: Gateway, served: Class, found: Evidence) -> tuple[Front, ...]:
    if balancers.is_within(found) and not any(fact.value in _inside(model) for fact in found):
        return ((VPC, found, ()),)
    made = () if found else (ingresses.MADE,)
    if served.controller == LATTICE:
        return ((VPC, (*served.because, *found), (*made, ASSOCIATED)),)
    if served.controller in ELASTIC:
        infrastructure = gateway.spec.infrastructure
        parameters = infrastructure.parameters_ref if infrastructure is not None else None
        own = _kind(of, "/spec/infrastructure", parameters)
        source, because, doubts = _elastic(found, (own, *served.parameters))
        return ((source, (*served.because, *found, *because), (*made, *doubts)),)
    return tuple(
        (source, (*served.because, *because), assumes) for source, because, assumes in ingresses.shared(model, found)
    )


@memoised
def _inside(model: Model) -> frozenset[str]:
    """The addresses of Services, which only the cluster itself knows: a proxy with such a one has another front."""
    return frozenset(each.spec.cluster_ip for each in model.services.values() if each.spec.cluster_ip)


def _elastic(found: Evidence, configured: Evidence) -> Front:
    """A load balancer of AWS that is not known to be internal: it is, unless a configuration or its name says not."""
    for each in configured:
        if each.value == CONFIGURATION:
            return INTERNET, (each,), (CONFIGURED,)
    return (INTERNET, (), ()) if balancers.is_public_alb(found) else (VPC, configured, ())


def _class(model: Model, of: Ref, gateway: Gateway) -> Class:
    """The class of a Gateway; of one that was not collected, the name may tell the controller."""
    named = Fact(of, "/spec/gatewayClassName", gateway.spec.gateway_class_name)
    ref = Ref(f"gatewayclass/{named.value}")
    found = model.gateway_classes.get(ref)
    if found is None:
        return Class(LATTICE if named.value == LATTICE_CLASS else "", (named,))
    controller = Fact(ref, "/spec/controllerName", found.spec.controller_name)
    return Class(controller.value or "", (named, controller), (_kind(ref, "/spec", found.spec.parameters_ref),))


def _kind(of: Ref, at: str, parameters: ParametersRef | None) -> Fact:
    return Fact(of, f"{at}/parametersRef/kind", parameters.kind if parameters is not None else None)
