"""Load balancers of AWS: who reaches them, by what Services and Ingresses say of them.

Source: AWS Load Balancer Controller guide, Service and Ingress annotations (v2.13); Kubernetes documentation,
internal load balancer; Amazon EKS user guide, load balancing in Auto Mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.wire_net import BalancerStatus, Service
from kpath.model.wire_pod import Meta
from kpath.refs import Ref
from kpath.semantics.workload import sources
from kpath.semantics.workload.facts import text

INTERNET, VPC = Ref("internet"), Ref("vpc")

SERVICE = "service.beta.kubernetes.io/"
SCHEME, INTERNAL, TYPE = (f"{SERVICE}aws-load-balancer-{name}" for name in ("scheme", "internal", "type"))
GROUPS = f"{SERVICE}aws-load-balancer-security-groups"
RANGES = f"{SERVICE}load-balancer-source-ranges"
TARGETS, ATTRIBUTES = (f"{SERVICE}aws-load-balancer-{name}" for name in ("nlb-target-type", "target-group-attributes"))
# Whose load balancers are internal by default: of the AWS Load Balancer Controller and of Auto Mode.
AUTO = "eks.amazonaws.com/nlb"
CLASSES = ("service.k8s.aws/nlb", AUTO)
TYPES = ("external", "nlb-ip")

INTERNAL_NAME = "internal-"
# Network load balancers have the region behind it: NAME.elb.REGION.amazonaws.com.
ALB_NAME = ".elb.amazonaws.com"
UNREAD = Assumption("the in-tree controller made its load balancer, which does not read the scheme")

# Where one has to be to reach something, why, and what remains to be assumed.
Front = tuple[Ref, Evidence, tuple[Assumption, ...]]


def addresses(of: Ref, status: BalancerStatus | None) -> Iterator[Fact]:
    """The addresses that a load balancer was given; none while it is not made."""
    balancer = status.load_balancer if status is not None else None
    for index, each in enumerate((balancer.ingress if balancer is not None else None) or ()):
        at = ("status", "loadBalancer", "ingress", index)
        if each.hostname:
            yield Fact(of, pointer(*at, "hostname"), each.hostname)
        elif each.ip:
            yield Fact(of, pointer(*at, "ip"), each.ip)


# What a manifest asks for; one that the API server has served says whether it has it.
PLANNED = Assumption("a load balancer is made for it")


def address(of: Ref, status: BalancerStatus | None) -> Evidence:
    """The first of them."""
    return tuple(islice(addresses(of, status), 1))


def is_within(found: Evidence) -> bool:
    """Whether an address is one of the VPC, by its name or its number."""
    said = [fact.value or "" for fact in found]
    return any(each.startswith(INTERNAL_NAME) or sources.is_private(each) for each in said)


def is_public_alb(found: Evidence) -> bool:
    """Whether an address is the name of an ALB that faces the internet, for that of another begins otherwise."""
    return any(ALB_NAME in (fact.value or "") for fact in found) and not is_within(found)


def of_service(of: Ref, service: Service) -> Front | None:
    """Where one has to be to reach a Service's load balancer, or nothing where it is not made or not for everybody."""
    found = address(of, service.status)
    is_planned = service.status is None
    if service.spec.type != "LoadBalancer" or not (found or is_planned):
        return None
    front = _front(of, service, found or (Fact(of, "/status", None),))
    if front is None or not is_planned:
        return front
    source, because, doubts = front
    return source, because, (*doubts, PLANNED)


def _front(of: Ref, service: Service, found: Evidence) -> Front | None:
    because = (Fact(of, "/spec/type", service.spec.type), *found)
    groups = annotation(of, service.metadata, GROUPS)
    guards = (groups,) if groups.value else ()
    is_facing, reason, doubts = (False, (), ()) if is_within(found) else _scheme(of, service)
    if guards or not is_facing:
        source = INTERNET if is_facing else VPC
        return source, (*because, *reason, *guards), (*doubts, *((admitted(source),) if guards else ()))
    admits = _sources(of, service)
    return (admits[0], (*because, *reason, admits[1]), doubts) if admits is not None else None


def admitted(source: Ref) -> Assumption:
    """What security groups that a load balancer was given leave open; it has no others then, and no ranges count."""
    whom = "everybody" if source == INTERNET else "the VPC"
    return Assumption(f"the security group of its load balancer admits {whom}", missing="ec2 describe-security-groups")


def _scheme(of: Ref, service: Service) -> tuple[bool, Evidence, tuple[Assumption, ...]]:
    """Whether a load balancer faces the internet: as said, else by the default of the controller that makes it."""
    said, inner, kind = (annotation(of, service.metadata, key) for key in (SCHEME, INTERNAL, TYPE))
    chosen = Fact(of, "/spec/loadBalancerClass", service.spec.load_balancer_class)
    # The controllers that read the scheme take up no Service without a class or a type of theirs.
    is_in_tree = not chosen.value and kind.value not in TYPES
    if said.value is not None and not is_in_tree:
        return said.value == "internet-facing", (said,), ()
    if inner.value and (not is_in_tree or inner.value != "false"):
        return inner.value == "false", (inner,), ()
    if is_in_tree:
        return True, (chosen, inner), (UNREAD,) if said.value not in (None, "internet-facing") else ()
    if chosen.value in CLASSES:
        return False, (chosen,), ()
    return (False, (kind,), ()) if kind.value in TYPES else (True, (said, inner), ())


def _sources(of: Ref, service: Service) -> tuple[Ref, Fact] | None:
    """Whom the ranges of a load balancer that faces the internet let in, with the field that says so."""
    ranges = service.spec.load_balancer_source_ranges
    if not ranges:
        said = annotation(of, service.metadata, RANGES)
        return _let_in(sources.listed(said.value), said)
    for index, each in enumerate(ranges):
        if sources.is_everybody([each]):
            return INTERNET, Fact(of, pointer("spec", "loadBalancerSourceRanges", index), each)
    return _let_in(ranges, Fact(of, "/spec/loadBalancerSourceRanges", text(ranges)))


def _let_in(ranges: Sequence[str], said: Fact) -> tuple[Ref, Fact] | None:
    if not ranges or sources.is_everybody(ranges):
        return INTERNET, said
    return (VPC, said) if sources.includes_private(ranges) else None


def lets_everybody_in(ranges: str | None) -> bool:
    """Whether a list of ranges in an annotation limits nobody; without one, nobody is."""
    found = sources.listed(ranges)
    return not found or sources.is_everybody(found)


def annotation(of: Ref, metadata: Meta, key: str) -> Fact:
    """What an annotation says."""
    return Fact(of, pointer("metadata", "annotations", key), (metadata.annotations or {}).get(key))
