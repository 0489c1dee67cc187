"""Whose address the pods behind a Service see."""

from __future__ import annotations

import pytest
from workload_services import cluster, decoded, named, service
from workload_specs import Raw

from kpath.semantics.workload import clients, exposure

NLB, AUTO, OTHER = ({"loadBalancerClass": each} for each in ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb", "x.y/lb"))
LOCAL = {"externalTrafficPolicy": "Local"}
IP, INSTANCE = {"nlb-target-type": "ip"}, {"nlb-target-type": "instance"}
EXTERNAL, IN_TREE, OLD = ({"type": each} for each in ("external", "nlb", "nlb-ip"))
KEPT, LOST = ({"target-group-attributes": f"a.b=c, preserve_client_ip.enabled={each}"} for each in ("true", "false"))


@pytest.mark.parametrize(
    ("said", "client"), [({}, False), ({"externalTrafficPolicy": "Cluster"}, False), (LOCAL, True)]
)
def test_by_a_node(said: Raw, client: bool) -> None:
    """A node leads on in its own name, unless it has to lead to its own pods."""
    assert clients.by_node(decoded(service(type="NodePort", **said))) == client


@pytest.mark.parametrize(
    ("notes", "said", "protocols"),
    [
        # Classic Load Balancers, which connect by themselves.
        ({}, {}, ""),
        ({}, LOCAL, ""),
        (IP | KEPT, LOCAL, ""),
        # Network load balancers of the controller in Kubernetes, which has no other targets than nodes.
        (IN_TREE, {}, ""),
        (IN_TREE, LOCAL, "TCP UDP"),
        (IN_TREE | IP, LOCAL, "TCP UDP"),
        (IN_TREE | IP | KEPT, {}, ""),
        # To nodes.
        ({}, NLB, ""),
        ({}, NLB | LOCAL, "TCP UDP"),
        (INSTANCE | KEPT, NLB, ""),
        (INSTANCE | LOST, NLB | LOCAL, "UDP"),
        (EXTERNAL, {}, ""),
        (EXTERNAL, LOCAL, "TCP UDP"),
        (INSTANCE, AUTO | LOCAL, "TCP UDP"),
        # To the addresses of pods, past every node.
        (IP, NLB, "UDP"),
        (IP, NLB | LOCAL, "UDP"),
        (IP | KEPT, NLB, "TCP UDP"),
        (IP | LOST, NLB, "UDP"),
        (EXTERNAL | IP, {}, "UDP"),
        (OLD, {}, "UDP"),
        (OLD | KEPT, {}, "TCP UDP"),
        ({}, AUTO, "UDP"),
        ({}, AUTO | LOCAL, "UDP"),
        (KEPT, AUTO, "TCP UDP"),
        # Of other controllers.
        ({}, OTHER, ""),
        (IP | KEPT, OTHER, ""),
        ({}, OTHER | LOCAL, "TCP UDP"),
    ],
)
def test_by_a_load_balancer(notes: Raw, said: Raw, protocols: str) -> None:
    """By its kind, its targets and what it is told of client addresses, for each protocol."""
    found = decoded(service(notes, type="LoadBalancer", **said))

    assert protocols.split() == [each for each in ("TCP", "UDP") if clients.by_balancer(found, each)]


def test_a_load_balancer_that_shows_some_of_its_clients() -> None:
    """Each protocol is an exposure of its own then."""
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}, {"port": 80, "targetPort": "http"}]
    model = cluster(service(IP, type="LoadBalancer", ports=ports, **NLB))

    found = {(each.client, each.ports) for each in exposure.by_balancer(model)}

    assert found == {(True, (("UDP", 53),)), (False, (("TCP", 53), ("TCP", "http")))}


@pytest.mark.parametrize(("said", "client"), [({}, False), (LOCAL, True)])
def test_ports_and_addresses_of_nodes(said: Raw, client: bool) -> None:
    """Both follow the Service's policy for what comes from outside."""
    ports = [{"port": 80, "nodePort": 30080}]
    model = cluster(service(type="NodePort", externalIPs=["198.51.100.7"], ports=ports, **said))

    found = exposure.by_node_port(model)

    assert {each.source for each in found} == {"vpc", "internet"}
    assert {each.client for each in found} == {client}


def test_a_port_of_a_pods_own_node() -> None:
    model = cluster(containers=[{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80}]}])

    assert [each.client for each in exposure.by_host_port(model)] == [True]


@pytest.mark.parametrize("kind", ["Ingress", "Gateway"])
def test_what_speaks_for_its_clients(kind: str) -> None:
    """Behind an Ingress or a Gateway one sees its front, whatever the Service says of nodes."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"gatewayClassName": "edge", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    group = "gateway.networking.k8s.io/v1"
    objects = {
        "Ingress": [named("Ingress", "networking.k8s.io/v1", {"defaultBackend": backend})],
        "Gateway": [
            named("Gateway", group, spec),
            named("HTTPRoute", group, {"parentRefs": [{"name": "web"}], "rules": [{"backendRefs": [{"name": "web"}]}]}),
        ],
    }
    model = cluster(service(**LOCAL), *objects[kind])

    assert [each.client for each in exposure.by_ingress(model)] == [False]
