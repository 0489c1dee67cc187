"""Whose address the pods behind a Service see."""

from __future__ import annotations

import pytest
from workload_services import cluster, decoded, named, service
from workload_specs import Raw

from kpath.semantics.workload import clients, exposure
from kpath.semantics.workload.clients import BALANCER, CLIENT, NODE, PROXY

NLB, AUTO, OTHER = ({"loadBalancerClass": each} for each in ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb", "x.y/lb"))
LOCAL = {"externalTrafficPolicy": "Local"}
IP, INSTANCE = {"nlb-target-type": "ip"}, {"nlb-target-type": "instance"}
EXTERNAL, IN_TREE, OLD = ({"type": each} for each in ("external", "nlb", "nlb-ip"))
KEPT, LOST = ({"target-group-attributes": f"a.b=c, preserve_client_ip.enabled={each}"} for each in ("true", "false"))


@pytest.mark.parametrize(("said", "seen"), [({}, NODE), ({"externalTrafficPolicy": "Cluster"}, NODE), (LOCAL, CLIENT)])
def test_by_a_node(said: Raw, seen: str) -> None:
    """A node leads on in its own name, unless it has to lead to its own pods."""
    assert clients.by_node(decoded(service(type="NodePort", **said))) == seen


@pytest.mark.parametrize(
    ("notes", "said", "seen"),
    [
        # Classic Load Balancers, which connect by themselves.
        ({}, {}, (NODE, NODE)),
        ({}, LOCAL, (BALANCER, BALANCER)),
        (IP | KEPT, LOCAL, (BALANCER, BALANCER)),
        # Network load balancers of the controller in Kubernetes, which has no other targets than nodes.
        (IN_TREE, {}, (NODE, NODE)),
        (IN_TREE, LOCAL, (CLIENT, CLIENT)),
        (IN_TREE | IP, LOCAL, (CLIENT, CLIENT)),
        (IN_TREE | IP | KEPT, {}, (NODE, NODE)),
        # To nodes.
        ({}, NLB, (NODE, NODE)),
        ({}, NLB | LOCAL, (CLIENT, CLIENT)),
        (INSTANCE | KEPT, NLB, (NODE, NODE)),
        (INSTANCE | LOST, NLB | LOCAL, (BALANCER, CLIENT)),
        (EXTERNAL, {}, (NODE, NODE)),
        (EXTERNAL, LOCAL, (CLIENT, CLIENT)),
        (INSTANCE, AUTO | LOCAL, (CLIENT, CLIENT)),
        # To the addresses of pods, past every node.
        (IP, NLB, (BALANCER, CLIENT)),
        (IP, NLB | LOCAL, (BALANCER, CLIENT)),
        (IP | KEPT, NLB, (CLIENT, CLIENT)),
        (IP | LOST, NLB, (BALANCER, CLIENT)),
        (EXTERNAL | IP, {}, (BALANCER, CLIENT)),
        (OLD, {}, (BALANCER, CLIENT)),
        (OLD | KEPT, {}, (CLIENT, CLIENT)),
        ({}, AUTO, (BALANCER, CLIENT)),
        ({}, AUTO | LOCAL, (BALANCER, CLIENT)),
        (KEPT, AUTO, (CLIENT, CLIENT)),
        # Of other controllers.
        ({}, OTHER, (NODE, NODE)),
        (IP | KEPT, OTHER, (NODE, NODE)),
        ({}, OTHER | LOCAL, (CLIENT, CLIENT)),
    ],
)
def test_by_a_load_balancer(notes: Raw, said: Raw, seen: tuple[str, str]) -> None:
    """By its kind, its targets and what it is told of client addresses, for each protocol."""
    found = decoded(service(notes, type="LoadBalancer", **said))

    assert seen == (clients.by_balancer(found, "TCP"), clients.by_balancer(found, "UDP"))


def test_a_load_balancer_that_shows_some_of_its_clients() -> None:
    """Each protocol is an exposure of its own then."""
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}, {"port": 80, "targetPort": "http"}]
    model = cluster(service(IP, type="LoadBalancer", ports=ports, **NLB))

    found = {(each.seen, each.ports) for each in exposure.by_balancer(model)}

    assert found == {(CLIENT, (("UDP", 53),)), (BALANCER, (("TCP", 53), ("TCP", "http")))}


@pytest.mark.parametrize(("said", "seen"), [({}, NODE), (LOCAL, CLIENT)])
def test_ports_and_addresses_of_nodes(said: Raw, seen: str) -> None:
    """Both follow the Service's policy for what comes from outside."""
    ports = [{"port": 80, "nodePort": 30080}]
    model = cluster(service(type="NodePort", externalIPs=["198.51.100.7"], ports=ports, **said))

    found = exposure.by_node_port(model)

    assert {each.source for each in found} == {"vpc", "internet"}
    assert {each.seen for each in found} == {seen}


def test_a_port_of_a_pods_own_node() -> None:
    model = cluster(containers=[{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80}]}])

    assert [each.seen for each in exposure.by_host_port(model)] == [CLIENT]


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

    assert [each.seen for each in exposure.by_ingress(model)] == [PROXY]


@pytest.mark.parametrize(
    ("ingress", "service_", "said", "seen"),
    [
        ({}, {}, {}, NODE),
        ({}, {}, LOCAL, BALANCER),
        ({"target-type": "ip"}, {}, {}, BALANCER),
        ({"target-type": "ip"}, {"target-type": "instance"}, {}, NODE),
        ({}, {"target-type": "ip"}, {}, BALANCER),
    ],
)
def test_behind_an_alb(ingress: Raw, service_: Raw, said: Raw, seen: str) -> None:
    """It leads to nodes unless the Service, or else the Ingress, says that it leads to addresses of pods."""
    noted = [{f"alb.ingress.kubernetes.io/{key}": value for key, value in each.items()} for each in (ingress, service_)]
    spec = {"ingressClassName": "alb", "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
    front, behind = named("Ingress", "networking.k8s.io/v1", spec), service(**said)
    front["metadata"]["annotations"], behind["metadata"]["annotations"] = noted

    assert [each.seen for each in exposure.by_ingress(cluster(behind, front))] == [seen]
