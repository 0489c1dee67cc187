"""What the network leads to: Services, Ingresses, ports and addresses of nodes, plugins; rights over them."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies import policies
from strategies.gateways import TEAM, gateway_api
from strategies.rbac import Phrases
from strategies.words import NODES, SPACES, Json, chance, few, fields, item, one, optional

LBC, ALB = "service.beta.kubernetes.io/", "alb.ingress.kubernetes.io/"
SGP, SLICES = "vpcresources.k8s.aws", "discovery.k8s.io"

PHRASES: Phrases = (
    ("create", "", "services"), ("update", "", "services"), ("patch", "", "services/status"),
    ("patch", "", "pods/status"), ("update", "", "namespaces"),
    ("create", SLICES, "endpointslices"), ("patch", SLICES, "endpointslices"), ("update", "", "endpoints"),
    ("delete", "networking.k8s.io", "networkpolicies"), ("create", "crd.projectcalico.org", "globalnetworkpolicies"),
    ("patch", "cilium.io", "ciliumnetworkpolicies"), ("patch", "networking.k8s.aws", "*"),
    ("create", SGP, "securitygrouppolicies"), ("patch", SGP, "securitygrouppolicies pods"),
    ("patch", "", "configmaps"), ("update", "apps", "daemonsets"), ("create", "", "pods"),
)  # fmt: skip
PLUGINS = (
    "ghcr.io/flannel-io/flannel:v0.26", "cloudnativelabs/kube-router:v2.4", "quay.io/calico/node:v3.29",
    "quay.io/cilium/cilium:v1.16", "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.19",
)  # fmt: skip
# The first two make a bridge, where nothing else runs.
COMMON = (*PLUGINS[:2], *PLUGINS[:2], *PLUGINS)


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Services and what leads to them; ports that pods bind; what runs the network."""
    home = one(draw, *SPACES)
    documents.append(front(draw, home))
    for name in few(draw, ("web", "db", "cart"), 3, 2):
        # Most Services are where a pod is that they choose.
        documents.append(service(draw, name, one(draw, home, home, home, *SPACES)))
        if chance(draw, 80):
            documents.append(ingress(draw, name, documents[-1]["metadata"]["namespace"]))
    for name in few(draw, ("alb", "nginx"), 2):
        documents.append(ingress_class(draw, name))
    if chance(draw, 75):
        documents += list(gateway_api(draw, documents))
    for document in list(documents):
        _edit(draw, document)
    if chance(draw, 60):
        documents += plugin(draw)
    for name in few(draw, ("coredns", "amazon-vpc-cni"), 2):
        documents.append(item("ConfigMap", name, "kube-system", data={"Corefile": ".:53 {}"}))
    documents += policies.more(draw)


def front(draw: st.DrawFn, space: str) -> Json:
    """A pod that serves, as most do."""
    spec: Json = {"containers": [{"name": "app", "image": "example.com/front:1"}]}
    spec |= fields(optional(draw, "nodeName", *NODES[:2], percent=90))
    return item("Pod", "front", space, labels={"app": "web"}, spec=spec, status={"phase": "Running"})


def _edit(draw: st.DrawFn, document: Json) -> None:
    if document.get("kind") == "Node" and chance(draw, 70):
        kinds = few(draw, ("InternalIP", "ExternalIP", "Hostname"), 3)
        own = NODES.index(document["metadata"]["name"]) if document["metadata"]["name"] in NODES else 99
        addresses = [{"type": kind, "address": f"1{number}.0.{own}.1"} for number, kind in enumerate(kinds)]
        document["status"]["addresses"] = addresses
    elif document.get("kind") == "Pod":
        _bind(draw, document["spec"])
    elif document.get("kind") in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"):
        _bind(draw, document["spec"].get("template", {}).get("spec", {}))
    elif document.get("kind") == "Namespace" and chance(draw, 40):
        document["metadata"].setdefault("labels", {}).update(TEAM)
    elif "cluster" in document:
        document["cluster"] |= fields(optional(draw, "resourcesVpcConfig", *APIS, percent=80))


APIS = (
    {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]},
    {"endpointPublicAccess": True, "publicAccessCidrs": ["198.51.100.0/24"]},
    {"endpointPublicAccess": True}, {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]},
)  # fmt: skip
BALANCERS = (
    *[[{"hostname": "a1b2.elb.eu-west-1.amazonaws.com"}]] * 4,
    [{"hostname": "c3d4.elb.eu-west-1.amazonaws.com"}], *[[{"hostname": "k8s-a1b2.eu-west-1.elb.amazonaws.com"}]] * 2,
    [{"hostname": "internal-a1b2.elb.eu-west-1.amazonaws.com"}], [{"ip": "198.51.100.7"}], [{"ip": "192.168.1.7"}],
)  # fmt: skip


def balancer(draw: st.DrawFn) -> Json:
    return fields(optional(draw, "status", *({"loadBalancer": {"ingress": each}} for each in BALANCERS), percent=90))


KEPT, LOST = (f"preserve_client_ip.enabled={each}" for each in ("true", "false"))
SPLIT = (["0.0.0.0/1", "128.0.0.0/1"], ["128.0.0.0/1", "198.51.100.0/24"], ["198.51.100.0/24"])


EXTERNAL = (
    ["192.168.1.7"],
    ["198.51.100.7"],
    ["127.0.0.1", "192.168.1.7", "198.51.100.7"],
    ["169.254.169.254"],
    ["somewhere"],
)


def service(draw: st.DrawFn, name: str, space: str) -> Json:
    kind = one(draw, *("LoadBalancer", "NodePort") * 3, "ClusterIP", "ExternalName")
    port: Json = {"port": 80}
    spec: Json = {"type": kind}
    spec |= fields(
        optional(draw, "selector", *[{"app": "web"}] * 5, {"app": "api"}, {"app": "none"}, percent=90),
        optional(draw, "loadBalancerClass", "service.k8s.aws/nlb", "example.com/lb", percent=15),
        optional(draw, "externalIPs", *EXTERNAL, percent=35),
        optional(draw, "clusterIP", "None", "172.20.0.7", percent=30),
        optional(draw, "loadBalancerSourceRanges", ["10.0.0.0/8"], ["10.0.0.0/8", "0.0.0.0/0"], *SPLIT, [], percent=30),
    )
    port |= fields(optional(draw, "targetPort", "http", 8080, 443, percent=40))
    if kind in ("NodePort", "LoadBalancer"):
        port |= fields(optional(draw, "nodePort", 30080, percent=70))
        spec |= fields(optional(draw, "externalTrafficPolicy", "Local", "Local", "Cluster", percent=60))
    annotations = fields(
        optional(draw, f"{LBC}aws-load-balancer-scheme", "internet-facing", "internal", percent=20),
        optional(draw, f"{LBC}aws-load-balancer-internal", "true", "false", percent=15),
        optional(draw, f"{LBC}aws-load-balancer-type", "external", "nlb", percent=15),
        optional(draw, f"{LBC}load-balancer-source-ranges", "10.0.0.0/8", "10.0.0.0/8, 0.0.0.0/0", percent=15),
        optional(draw, f"{LBC}aws-load-balancer-security-groups", "sg-1", percent=10),
        optional(draw, f"{LBC}aws-load-balancer-nlb-target-type", "ip", "instance", percent=25),
        optional(draw, f"{LBC}aws-load-balancer-target-group-attributes", KEPT, LOST, percent=25),
    )
    rest = balancer(draw) if kind == "LoadBalancer" else {}
    return item("Service", name, space, annotations=annotations, spec=spec | {"ports": [port]}, **rest)


def ingress(draw: st.DrawFn, name: str, space: str) -> Json:
    """An Ingress to a Service of its own name, and to others that may be there."""
    annotations = fields(
        optional(draw, "kubernetes.io/ingress.class", "alb", "nginx", percent=20),
        optional(draw, f"{ALB}scheme", "internet-facing", "internal", percent=50),
        optional(draw, f"{ALB}inbound-cidrs", "10.0.0.0/8", "0.0.0.0/0", "0.0.0.0/1,128.0.0.0/1", percent=20),
        optional(draw, f"{ALB}group.name", "edge", percent=20),
        optional(draw, f"{ALB}security-groups", "sg-1", percent=10),
        optional(draw, f"{ALB}target-type", "ip", "instance", percent=40),
    )
    spec: Json = fields(
        optional(draw, "ingressClassName", "alb", "nginx", percent=60),
        optional(draw, "defaultBackend", backend(draw, name), percent=40),
    )
    paths = [{"path": "/", "backend": backend(draw, name)} for _ in range(draw(st.integers(1, 2)))]
    spec["rules"] = [{"host": "shop.example.com", "http": {"paths": paths}}]
    return item("Ingress", name, space, annotations=annotations, spec=spec, **balancer(draw))


def backend(draw: st.DrawFn, name: str) -> Json:
    return {"service": {"name": one(draw, name, name, "web", "db"), "port": {"number": 80}}}


PARAMETERS = ({"kind": "IngressClassParams", "name": "alb"}, {"kind": "ConfigMap", "name": "alb"})


def ingress_class(draw: st.DrawFn, name: str) -> Json:
    default = fields(optional(draw, "ingressclass.kubernetes.io/is-default-class", "true", "false", percent=40))
    controller = one(draw, "ingress.k8s.aws/alb", "eks.amazonaws.com/alb", "k8s.io/ingress-nginx")
    spec = {"controller": controller} | fields(optional(draw, "parameters", *PARAMETERS, percent=25))
    return item("IngressClass", name, annotations=default, spec=spec)


def _bind(draw: st.DrawFn, spec: Json) -> None:
    for key in ("containers", "initContainers"):
        for container in spec.get(key) or ():
            if chance(draw, 40):
                ports: Json = {"containerPort": 8080} | fields(
                    optional(draw, "name", "http", percent=40),
                    optional(draw, "hostPort", 8080, percent=50),
                    optional(draw, "hostIP", "127.0.0.1", "::1", "0.0.0.0", percent=20),
                )
                container["ports"] = [{"containerPort": 9090}, ports][draw(st.integers(0, 1)) :]


def plugin(draw: st.DrawFn) -> list[Json]:
    """What connects pods: its pods, with or without the DaemonSet that makes them."""
    container = {"name": "net", "image": one(draw, *COMMON)}
    spec: Json = {"containers": [container], "hostNetwork": True}
    daemon = item("DaemonSet", "aws-node", "kube-system", spec={"template": {"spec": spec}})
    if chance(draw, 50):
        return [daemon]
    owner = {"kind": "DaemonSet", "name": "aws-node", "controller": True}
    made = item("Pod", "aws-node-x1", "kube-system", ownerReferences=[owner], spec=spec | {"nodeName": NODES[0]})
    return [made | {"status": {"phase": "Running"}}, *([daemon] if chance(draw, 50) else [])]
