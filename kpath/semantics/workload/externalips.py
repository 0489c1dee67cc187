"""External addresses of Services: every node takes up what is sent to them.

Source: Kubernetes documentation, Service, external IPs and headless Services; the API server's validation of
`externalIPs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.wire_net import Service
from kpath.refs import Ref
from kpath.semantics.workload import sources
from kpath.semantics.workload.balancers import INTERNET, VPC

ROUTED = Assumption("the network leads its external address to a node", missing="ec2 describe-route-tables")
# In place of an address of the cluster; nodes pass such a Service over.
HEADLESS = "None"


def fronts(of: Ref, service: Service) -> Iterator[tuple[Ref, Evidence]]:
    """From where the external addresses of a Service are reached: the first of all, and the first public one."""
    usable = [
        Fact(of, pointer("spec", "externalIPs", index), each)
        for index, each in enumerate(service.spec.external_ips or ())
        if service.spec.cluster_ip != HEADLESS and _is_usable(each)
    ]
    public = [fact for fact in usable if not sources.is_private(fact.value or "")]
    for source, found in ((VPC, usable), (INTERNET, public)):
        if found:
            yield source, (found[0],)


def _is_usable(address: str) -> bool:
    """Whether it is an address that the API server takes."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    return not (number.is_loopback or number.is_link_local or number.is_multicast or number.is_unspecified)
