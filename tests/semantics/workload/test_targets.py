"""Which ports of pods something leads to."""

from __future__ import annotations

import pytest
from workload_services import cluster, decoded, named, service
from workload_specs import Raw
from workload_specs import decoded as decoded_pod

from kpath.semantics.workload import exposure, hostports
from kpath.semantics.workload.targets import Port, Ports, targets

SEVERAL = [
    {"name": "http", "port": 80, "targetPort": 8080},
    {"name": "https", "port": 443, "targetPort": "tls"},
    {"name": "dns", "port": 53, "protocol": "UDP"},
]


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([{"port": 80}], (("TCP", 80),)),
        ([{"port": 80, "targetPort": 8080}], (("TCP", 8080),)),
        ([{"port": 80, "targetPort": "http"}], (("TCP", "http"),)),
        ([{"port": 80, "targetPort": 0}], (("TCP", 80),)),
        ([{"port": 53, "protocol": "UDP"}, {"port": 53}], (("UDP", 53), ("TCP", 53))),
        ([{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 8080}], (("TCP", 8080),)),
        ([{"port": 7, "protocol": "SCTP", "targetPort": "echo"}], (("SCTP", "echo"),)),
        ([{}], ()),
        (None, ()),
    ],
)
def test_all_ports_of_a_service(ports: list[Raw] | None, expected: Ports) -> None:
    """Its targets; without one, the same number."""
    assert targets(decoded(service(ports=ports))) == expected


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (80, (("TCP", 8080),)),
        ("https", (("TCP", "tls"),)),
        (53, (("UDP", 53),)),
        # Not a port of it: its target, a name that it does not have.
        (8080, (("TCP", 8080), ("TCP", "tls"), ("UDP", 53))),
        ("metrics", (("TCP", 8080), ("TCP", "tls"), ("UDP", 53))),
        (None, (("TCP", 8080), ("TCP", "tls"), ("UDP", 53))),
    ],
)
def test_a_port_of_a_service(port: Port, expected: Ports) -> None:
    """By its number or its name; one that the Service does not have may mean any."""
    assert targets(decoded(service(ports=SEVERAL)), port) == expected


HOST, LOOPBACK = {"containerPort": 80, "hostPort": 8080}, {"containerPort": 81, "hostPort": 81, "hostIP": "127.0.0.1"}


@pytest.mark.parametrize(
    ("ports", "network", "expected"),
    [
        ([HOST], False, (("TCP", 80),)),
        ([{"containerPort": 80}, LOOPBACK], False, ()),
        ([HOST | {"protocol": "UDP"}, HOST, LOOPBACK, {"containerPort": 82}], False, (("UDP", 80), ("TCP", 80))),
        ([{"containerPort": 80}, LOOPBACK], True, (("TCP", 80), ("TCP", 81))),
        ([], True, ()),
    ],
)
def test_ports_that_a_pod_binds_on_its_node(ports: list[Raw], network: bool, expected: Ports) -> None:
    """Of the host's network all that are declared, else those with a port of the host."""
    spec = decoded_pod({"hostNetwork": network, "containers": [{"name": "app", "ports": ports}]})

    assert hostports.ports(spec) == expected


def test_a_load_balancer_leads_to_every_port() -> None:
    model = cluster(service(type="LoadBalancer", ports=SEVERAL))

    assert [each.ports for each in exposure.by_balancer(model)] == [(("TCP", 8080), ("TCP", "tls"), ("UDP", 53))]


def test_a_load_balancer_without_ports() -> None:
    """It is exposed all the same; nothing says where."""
    model = cluster(service(type="LoadBalancer", ports=[]))

    assert [each.ports for each in exposure.by_balancer(model)] == [()]


def test_nodes_lead_to_the_ports_that_they_open() -> None:
    """And external addresses to every port."""
    ports = [{"port": 80, "targetPort": 8080, "nodePort": 30080}, {"port": 81}]
    model = cluster(service(type="NodePort", externalIPs=["10.0.1.99"], ports=ports))

    assert {each.ports for each in exposure.by_node_port(model)} == {(("TCP", 8080),), (("TCP", 8080), ("TCP", 81))}


def test_a_port_of_a_pods_own_node_leads_to_the_containers() -> None:
    model = cluster(containers=[{"name": "app", "ports": [HOST]}])

    assert [each.ports for each in exposure.by_host_port(model)] == [(("TCP", 80),)]


@pytest.mark.parametrize("port", [{"number": 443}, {"name": "https"}])
def test_an_ingress_leads_to_the_port_that_it_names(port: Raw) -> None:
    spec = {"defaultBackend": {"service": {"name": "web", "port": port}}}
    model = cluster(service(ports=SEVERAL), named("Ingress", "networking.k8s.io/v1", spec))

    assert [each.ports for each in exposure.by_ingress(model)] == [(("TCP", "tls"),)]


@pytest.mark.parametrize(("port", "expected"), [({"port": 80}, 1), ({}, 3)])
def test_a_route_leads_to_the_port_that_it_names(port: Raw, expected: int) -> None:
    """Where it names none, to any."""
    group = "gateway.networking.k8s.io/v1"
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    rule = {"backendRefs": [{"name": "web"} | port]}
    model = cluster(
        service(ports=SEVERAL),
        named("Gateway", group, {"gatewayClassName": "edge", "listeners": [listener]}),
        named("HTTPRoute", group, {"parentRefs": [{"name": "web"}], "rules": [rule]}),
    )

    assert [len(each.ports) for each in exposure.by_ingress(model)] == [expected]
