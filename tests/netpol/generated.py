"""Random clusters with policies of one family, and connections to ask about.

Vocabularies are small, so that selectors choose pods, blocks hold addresses, and ports meet.
"""

from __future__ import annotations

from generated_admin import admin_policy, aws_policy, baseline
from generated_calico import calico_policies
from generated_kubernetes import ACCOUNTS, ENDS, NAMES, NUMBERS, PROTOCOLS, SPACES, pod_labels, policy
from hypothesis import strategies as st
from strategies.words import Json, chance, few, fields, item, one, optional

FAMILIES = ("kubernetes", "kubernetes+admin", "kubernetes+calico", "aws")
NODES = ("n1", "n2", "n1", "n2", "fargate-n3")
OUTSIDE = ("169.254.169.254", "198.51.100.7", "203.0.113.9", "10.0.1.200", "fd00:ec2::254")
PORTS = (80, 80, 443, 443, 8080, 53, 1, 65535)


@st.composite
def clusters(draw: st.DrawFn, *families: str) -> list[Json]:
    """The documents of a cluster, as kubectl prints them."""
    family = draw(st.sampled_from(families or FAMILIES))
    spaces = SPACES[: draw(st.integers(2, 3))]
    documents = [space_document(draw, name) for name in spaces if chance(draw, 70)]
    nodes = [node(draw, name, number) for number, name in enumerate(few(draw, NODES, 2, 1), 1)]
    documents += {each["metadata"]["name"]: each for each in nodes}.values()
    pods = [
        pod(draw, number, one(draw, "shop", "shop", *spaces), documents)
        for number in range(1, draw(st.integers(3, 7)) + 1)
    ]
    documents += pods
    documents += [account(draw, space, name) for space in spaces for name in ACCOUNTS if chance(draw, 60)]
    documents += policies(draw, family, spaces)
    return documents


def policies(draw: st.DrawFn, family: str, spaces: tuple[str, ...]) -> list[Json]:
    total = draw(st.integers(0, 5))
    if family == "kubernetes+calico":
        return calico_policies(draw, total, spaces)
    found = []
    for number in range(total):
        if family == "kubernetes" or chance(draw, 45):
            found.append(policy(draw, f"kube-{number}", one(draw, "shop", "shop", *spaces)))
        elif family == "aws":
            found.append(aws_policy(draw, f"aws-{number}"))
        else:
            found.append(admin_policy(draw, f"admin-{number}"))
    return found + ([baseline(draw)] if family == "kubernetes+admin" and chance(draw, 30) else [])


def space_document(draw: st.DrawFn, name: str) -> Json:
    labels = fields(optional(draw, "team", "a", "b", percent=70))
    if chance(draw, 50):
        labels["kubernetes.io/metadata.name"] = name
    return item("Namespace", name, labels=labels)


def node(draw: st.DrawFn, name: str, number: int) -> Json:
    labels = fields(
        optional(draw, "zone", "a", "b", percent=60),
        optional(draw, "kubernetes.io/os", *["linux"] * 6, "windows", percent=60),
        optional(draw, "eks.amazonaws.com/compute-type", "fargate", percent=4),
    )
    addresses = [{"type": "InternalIP", "address": f"10.0.0.{number}"}]
    if chance(draw, 20):
        addresses.append({"type": "ExternalIP", "address": f"198.51.100.{100 + number}"})
    info = fields(optional(draw, "operatingSystem", *["linux"] * 9, "windows"))
    return item("Node", name, labels=labels, status={"addresses": addresses, "nodeInfo": info})


def account(draw: st.DrawFn, space: str, name: str) -> Json:
    return item("ServiceAccount", name, space, labels=fields(optional(draw, "role", "reader", "writer")))


def pod(draw: st.DrawFn, number: int, space: str, documents: list[Json]) -> Json:
    nodes = {each["metadata"]["name"]: each for each in documents if each["kind"] == "Node"}
    spec: Json = {"containers": [container(draw, "app")]} | fields(
        optional(draw, "nodeName", *nodes, percent=95),
        optional(draw, "hostNetwork", True, percent=15),
        optional(draw, "serviceAccountName", *ACCOUNTS, percent=60),
    )
    if chance(draw, 25):
        sidecar = container(draw, "side") | fields(optional(draw, "restartPolicy", "Always", percent=75))
        spec["initContainers"] = [sidecar]
    status: Json = {"phase": one(draw, *["Running"] * 37, "Pending", "Succeeded", "Failed")}
    if chance(draw, 90) and not (spec.get("hostNetwork") and "nodeName" not in spec):
        own = f"10.0.1.{number}"
        home = nodes[spec["nodeName"]]["status"]["addresses"][0]["address"] if "nodeName" in spec else own
        status["podIP"] = home if spec.get("hostNetwork") else own
        if chance(draw, 50):
            status["podIPs"] = [{"ip": status["podIP"]}]
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "controller": True}]
    owners = owner if chance(draw, 90) else []
    return item("Pod", f"p{number}", space, labels=pod_labels(draw), ownerReferences=owners, spec=spec, status=status)


def container(draw: st.DrawFn, name: str) -> Json:
    ports = []
    for each in few(draw, NAMES, 2):
        port: Json = {"containerPort": one(draw, *NUMBERS)} | fields(optional(draw, "protocol", *PROTOCOLS))
        # A name is one port of a pod.
        ports.append(port | {"name": each if name == "app" else f"{name}-{each}"})
    return {"name": name, "image": "example.com/app:1"} | ({"ports": ports} if ports else {})


@st.composite
def connections(draw: st.DrawFn, documents: list[Json]) -> tuple[str, str, str, int]:
    """Source, destination, protocol and port; mostly between pods."""
    named = [each for each in documents if each["kind"] == "Pod"]
    pods = [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in named]
    # A node's or a pod's, where it is known.
    known = [each["address"] for node in documents if node["kind"] == "Node" for each in node["status"]["addresses"]]
    known += [each["status"]["podIP"] for each in named if "podIP" in each["status"]]
    anyone = st.one_of(*[st.sampled_from(pods)] * 3, st.sampled_from((*known, *OUTSIDE)))
    source, destination = draw(st.sampled_from(ENDS)), draw(st.sampled_from(PORTS))
    ends = (draw(st.sampled_from(pods)), draw(anyone))
    first, last = ends if source == "pod" else ends[::-1]
    return first, last, one(draw, *["TCP"] * 4, *PROTOCOLS), destination
