"""Network policies, and what enforces them or does not."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.words import NODES, SPACES, Json, chance, fields, item, one, optional

AGENT = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-network-policy-agent:v1.2"
PLUGIN = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.19"
ENGINES: tuple[tuple[str, str], ...] = (
    (AGENT, "--enable-network-policy=true"), (AGENT, "--enable-network-policy=true"),
    (AGENT, "--enable-network-policy=false"), (PLUGIN, ""), ("antrea/antrea-agent-ubuntu:v2.2", ""),
    ("quay.io/calico/node:v3.29", ""), ("quay.io/cilium/cilium:v1.16", ""),
)  # fmt: skip
SELECTORS: tuple[Json, ...] = ({}, {"matchLabels": {"app": "web"}}, {"matchLabels": {"app": "api"}})
BLOCKS: tuple[Json, ...] = (
    {"cidr": "0.0.0.0/0"}, {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]},
    {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]},
    {"cidr": "10.0.0.0/24"}, {"cidr": "198.51.100.0/24"},
)  # fmt: skip
PORTS: tuple[Json, ...] = (
    {"port": 80},
    {"port": 443},
    {"port": 53, "protocol": "UDP"},
    {"port": 8000, "endPort": 9000},
)


def more(draw: st.DrawFn) -> list[Json]:
    """Some policies, most of the namespace that most pods are in, and often an engine."""
    found = [policy(draw, name) for name in ("guard", "open", "dns")[: draw(st.integers(0, 3))]]
    if chance(draw, 15):
        found.append(item("GlobalNetworkPolicy", "global", spec=calicos(draw)) | {"apiVersion": "projectcalico.org/v3"})
    if chance(draw, 10):
        found += [host_endpoint(draw, node) for node in NODES if chance(draw, 60)]
    if found and chance(draw, 70):
        found.append(engine(draw))
    return found


def engine(draw: st.DrawFn) -> Json:
    """A pod on the host's network that enforces policies, or could."""
    image, argument = one(draw, *ENGINES)
    container = {"name": "agent", "image": image} | ({"args": [argument]} if argument else {})
    spec = {"containers": [container], "hostNetwork": True}
    return item("Pod", "policy-agent", "kube-system", spec=spec, status={"phase": "Running"})


def policy(draw: st.DrawFn, name: str) -> Json:
    spec: Json = {"podSelector": one(draw, *SELECTORS)} | fields(
        optional(draw, "policyTypes", ["Ingress"], ["Egress"], ["Ingress", "Egress"], percent=80)
    )
    for direction, side in (("ingress", "from"), ("egress", "to")):
        if chance(draw, 50):
            spec[direction] = [rule(draw, side) for _ in range(draw(st.integers(0, 2)))]
    return item("NetworkPolicy", name, one(draw, *SPACES), spec=spec) | {"apiVersion": "networking.k8s.io/v1"}


def rule(draw: st.DrawFn, side: str) -> Json:
    """A rule of a policy: its peers, if it names any, and its ports."""
    found: Json = {}
    if chance(draw, 80):
        found[side] = [peer(draw) for _ in range(draw(st.integers(1, 2)))]
    if chance(draw, 40):
        found["ports"] = [one(draw, *PORTS)]
    return found


def peer(draw: st.DrawFn) -> Json:
    if chance(draw, 40):
        return {"ipBlock": one(draw, *BLOCKS)}
    spaces: tuple[Json, ...] = ({}, {"matchLabels": {"kubernetes.io/metadata.name": one(draw, *SPACES)}})
    chosen = fields(
        optional(draw, "podSelector", *SELECTORS, percent=60), optional(draw, "namespaceSelector", *spaces, percent=60)
    )
    return chosen or {"podSelector": {}}


def calicos(draw: st.DrawFn) -> Json:
    """A policy of Calico's for the whole cluster, which denies the way to the metadata service or lets it."""
    metadata = {"nets": ["169.254.169.254/32"]}
    rules = [{"action": one(draw, "Deny", "Allow", "Pass"), "protocol": "TCP", "destination": metadata}]
    rules += [{"action": "Allow"}] if chance(draw, 60) else []
    found = {"order": one(draw, 10, 2000), "selector": one(draw, "all()", "global()", "app == 'web'")}
    if chance(draw, 25):
        source = one(draw, {"selector": "app == 'web'"}, {"nets": ["10.0.0.0/24"]}, {})
        kubelets = {"action": one(draw, "Deny", "Allow"), "protocol": "TCP", "source": source}
        kubelets |= {"destination": {"ports": [10250]}}
        return found | {"types": ["Ingress"], "ingress": [kubelets, *rules[1:]]}
    return found | {"types": ["Egress"], "egress": rules}


def host_endpoint(draw: st.DrawFn, node: str) -> Json:
    """What puts a node under Calico's policies, or one of its interfaces."""
    spec = {"node": node, "interfaceName": one(draw, "*", "*", "*", "eth0")}
    spec |= fields(
        optional(draw, "profiles", ["projectcalico-default-allow"], ["own"]),
        optional(draw, "expectedIPs", ["10.0.0.7"], percent=30),
    )
    labels = fields(optional(draw, "app", "web"))
    return item("HostEndpoint", node, labels=labels, spec=spec) | {"apiVersion": "projectcalico.org/v3"}
