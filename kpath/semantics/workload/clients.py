"""Whose address the pods behind a Service see: the client's own, or that of a node, a load balancer or a proxy.

Source: Kubernetes documentation, using source IP; Elastic Load Balancing, target group attributes for Network Load
Balancers (client IP preservation: always for UDP, by default for instances, not by default for TCP to addresses).
"""

from __future__ import annotations

from kpath.model.wire_net import Service
from kpath.semantics.workload import sources
from kpath.semantics.workload.balancers import ATTRIBUTES, AUTO, CLASSES, TARGETS, TYPE, TYPES
from kpath.semantics.workload.targets import UDP

# The client's own; that of the node it comes in by, which may be the pod's own; a load balancer's in the VPC; that of
# a proxy, or one of these without it being known which.
CLIENT, NODE, BALANCER, PROXY = "client", "node", "balancer", "proxy"
LOCAL = "Local"
KEEPS = "preserve_client_ip.enabled"
TO_ADDRESSES, IN_TREE = "nlb-ip", "nlb"


def by_node(service: Service) -> str:
    """What comes in by a node: it leads on in its own name, unless it leads to its own pods alone."""
    return CLIENT if service.spec.external_traffic_policy == LOCAL else NODE


def by_balancer(service: Service, protocol: str) -> str:
    """What comes in by the load balancer of a Service."""
    notes, chosen = service.metadata.annotations or {}, service.spec.load_balancer_class
    kind = notes.get(TYPE)
    if chosen and chosen not in CLASSES:
        return by_node(service)
    if not chosen and kind not in TYPES:
        # The in-tree controller reads neither targets nor attributes; its Classic Load Balancers connect by themselves.
        return by_node(service) if kind == IN_TREE else by_instance(service)
    kept = _attributes(notes.get(ATTRIBUTES)).get(KEEPS)
    if _is_to_addresses(notes.get(TARGETS), kind, chosen):
        return CLIENT if protocol == UDP or kept == "true" else BALANCER
    return by_node(service) if protocol == UDP or kept != "false" else by_instance(service)


def by_instance(service: Service) -> str:
    """What comes to a node from a load balancer that connects in its own name."""
    return BALANCER if by_node(service) == CLIENT else NODE


def _is_to_addresses(said: str | None, kind: str | None, chosen: str | None) -> bool:
    """Whether a load balancer sends to the pods' addresses: Auto Mode's does so unless it is told not to."""
    return kind == TO_ADDRESSES or (said or ("ip" if chosen == AUTO else "instance")) == "ip"


def _attributes(said: str | None) -> dict[str, str]:
    pairs = (each.partition("=") for each in sources.listed(said))
    return {key.strip(): value.strip() for key, _, value in pairs}
