"""Load balancers of AWS: who reaches them, by what Services and Ingresses say of them.

Source: AWS Load Balancer Controller guide, Service and Ingress annotations (v2.13); Kubernetes documentation,
internal load balancer; Amazon EKS user guide, load balancing in Auto Mode.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from kpath.evidence import Evidence, Fact, pointer
from kpath.model.wire_net import BalancerStatus, Service
from kpath.model.wire_pod import Meta
from kpath.refs import Ref

INTERNET, VPC = Ref("internet"), Ref("vpc")

SERVICE = "service.beta.kubernetes.io/"
SCHEME, INTERNAL, TYPE = (f"{SERVICE}aws-load-balancer-{name}" for name in ("scheme", "internal", "type"))
RANGES = f"{SERVICE}load-balancer-source-ranges"
# Whose load balancers are internal by default: of the AWS Load Balancer Controller and of Auto Mode.
CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
TYPES = ("external", "nlb-ip")

EVERYBODY = ("0.0.0.0/0", "::/0")
WITHIN = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
INTERNAL_NAME = "internal-"


def address(of: Ref, status: BalancerStatus | None) -> Evidence:
    """The first address that a load balancer was given; nothing while it is not made."""
    balancer = status.load_balancer if status is not None else None
    for index, each in enumerate((balancer.ingress if balancer is not None else None) or ()):
        at = ("status", "loadBalancer", "ingress", index)
        if each.hostname:
            return (Fact(of, pointer(*at, "hostname"), each.hostname),)
        if each.ip:
            return (Fact(of, pointer(*at, "ip"), each.ip),)
    return ()


def is_within(found: Evidence) -> bool:
    """Whether an address is one of the VPC, by its name or its number."""
    for fact in found:
        text = fact.value or ""
        if fact.at.endswith("/hostname"):
            return text.startswith(INTERNAL_NAME)
        try:
            number = ip_address(text)
        except ValueError:
            return False
        return any(number in network for network in WITHIN if network.version == number.version)
    return False


def of_service(of: Ref, service: Service) -> tuple[Ref, Evidence] | None:
    """Where one has to be to reach a Service's load balancer, or nothing where it is not made or not for everybody."""
    found = address(of, service.status)
    if service.spec.type != "LoadBalancer" or not found:
        return None
    because = (Fact(of, "/spec/type", service.spec.type), *found)
    if is_within(found):
        return VPC, because
    is_facing, reason = _scheme(of, service)
    if not is_facing:
        return VPC, (*because, *reason)
    ranges = _ranges(of, service)
    return (INTERNET, (*because, *reason, *ranges)) if ranges else None


def _scheme(of: Ref, service: Service) -> tuple[bool, Evidence]:
    """Whether a load balancer faces the internet: as said, else by the default of the controller that makes it."""
    said = annotation(of, service.metadata, SCHEME)
    if said.value is not None:
        return said.value == "internet-facing", (said,)
    inner = annotation(of, service.metadata, INTERNAL)
    if inner.value:
        return inner.value == "false", (inner,)
    chosen = Fact(of, "/spec/loadBalancerClass", service.spec.load_balancer_class)
    if chosen.value in CLASSES:
        return False, (chosen,)
    kind = annotation(of, service.metadata, TYPE)
    if kind.value in TYPES:
        return False, (kind,)
    return True, (said, inner)


def _ranges(of: Ref, service: Service) -> Evidence:
    """The field that lets everybody in; nothing where the sources are limited."""
    listed = service.spec.load_balancer_source_ranges
    if not listed:
        said = annotation(of, service.metadata, RANGES)
        return (said,) if lets_everybody_in(said.value) else ()
    for index, each in enumerate(listed):
        if each in EVERYBODY:
            return (Fact(of, pointer("spec", "loadBalancerSourceRanges", index), each),)
    return ()


def lets_everybody_in(ranges: str | None) -> bool:
    """Whether a list of ranges in an annotation limits nobody; without one, nobody is."""
    found = [each.strip() for each in (ranges or "").split(",") if each.strip()]
    return not found or any(each in EVERYBODY for each in found)


def annotation(of: Ref, metadata: Meta, key: str) -> Fact:
    """What an annotation says."""
    return Fact(of, pointer("metadata", "annotations", key), (metadata.annotations or {}).get(key))
