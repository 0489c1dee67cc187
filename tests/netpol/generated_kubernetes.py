"""NetworkPolicies of every form, and the words that all policies and pods are made of."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import strategies as st
from strategies.words import Json, chance, few, fields, item, one, optional

SPACES = ("shop", "ci", "ops")
ACCOUNTS = ("reader", "writer")
PROTOCOLS = ("TCP", "UDP", "SCTP")
NAMES = ("http", "dns")
NUMBERS = (80, 443, 8080, 53)
ENDS = ("pod", "pod", "any")
BLOCKS = (
    "0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/30", "10.0.0.1/32", "10.0.1.2/32",
    "169.254.169.254/32", "169.254.0.0/16", "198.51.100.0/24", "198.51.100.7/32", "fd00::/8", "::/0",
)  # fmt: skip
# Few, so that most clusters can be decided.
MALFORMED = 4


def is_bad(draw: st.DrawFn) -> bool:
    return chance(draw, MALFORMED)


def pod_labels(draw: st.DrawFn) -> Json:
    return fields(
        optional(draw, "app", "web", "web", "db", "", percent=80), optional(draw, "tier", "front", "back", percent=60)
    )


def selector(draw: st.DrawFn, vocabulary: dict[str, tuple[str, ...]]) -> Json:
    """Most choose by one label; an empty one chooses everything."""
    found: Json = {}
    if chance(draw, 60):
        key = one(draw, *vocabulary)
        found["matchLabels"] = {key: one(draw, *vocabulary[key])}
    if chance(draw, 30):
        found["matchExpressions"] = [expression(draw, vocabulary) for _ in range(draw(st.integers(1, 2)))]
    if is_bad(draw):
        found["matchlabels"] = {}
    return found


def expression(draw: st.DrawFn, vocabulary: dict[str, tuple[str, ...]]) -> Json:
    key = one(draw, *vocabulary, "none")
    operator = one(draw, "In", "In", "NotIn", "Exists", "DoesNotExist")
    found: Json = {"key": key, "operator": operator}
    if operator in ("In", "NotIn"):
        found["values"] = [] if is_bad(draw) else few(draw, vocabulary.get(key, ("x",)), 2, 1)
    if is_bad(draw):
        found["operator"] = "Matches"
    return found


PODS = {"app": ("web", "db", ""), "tier": ("front", "back")}
NAMESPACES = {"team": ("a", "b"), "kubernetes.io/metadata.name": SPACES}


def of_pods(draw: st.DrawFn) -> Json:
    return selector(draw, PODS)


def of_namespaces(draw: st.DrawFn) -> Json:
    return selector(draw, NAMESPACES)


def policy(draw: st.DrawFn, name: str, space: str) -> Json:
    spec: Json = {"podSelector": {} if chance(draw, 40) else of_pods(draw)}
    spec |= fields(optional(draw, "policyTypes", ["Ingress"], ["Egress"], ["Ingress", "Egress"], [], percent=60))
    for key, peers in (("ingress", "from"), ("egress", "to")):
        if chance(draw, 60):
            spec[key] = [rule(draw, peers) for _ in range(draw(st.integers(0, 2)))]
    if is_bad(draw):
        spec["priority"] = 1
    return item("NetworkPolicy", name, space, spec=spec) | {"apiVersion": "networking.k8s.io/v1"}


def rule(draw: st.DrawFn, peers: str) -> Json:
    found: Json = {}
    if chance(draw, 75):
        found[peers] = [peer(draw) for _ in range(one(draw, 1, 1, 1, 2, 0))]
    if chance(draw, 60):
        found["ports"] = [port(draw) for _ in range(one(draw, 1, 1, 2, 0))]
    return found


def peer(draw: st.DrawFn) -> Json:
    if is_bad(draw):
        return one(draw, {}, {"ipBlock": block(draw), "podSelector": {}})
    forms = ("podSelector", "podSelector", "namespaceSelector", "both", "ipBlock", "ipBlock")
    form = one(draw, *forms)
    if form == "ipBlock":
        return {"ipBlock": block(draw)}
    found: Json = {"podSelector": of_pods(draw)} if form != "namespaceSelector" else {}
    return found | ({"namespaceSelector": of_namespaces(draw)} if form != "podSelector" else {})


def block(draw: st.DrawFn) -> Json:
    cidr = one(draw, *BLOCKS)
    own = ip_network(cidr)
    within = [each for each in BLOCKS if ":" not in cidr + each and own.supernet_of(ip_network(each)) and each != cidr]
    found: Json = {"cidr": cidr}
    if within and chance(draw, 35):
        found["except"] = few(draw, sorted(set(within)), 2, 1)
    if is_bad(draw):
        found |= one(
            draw, {"cidr": "10.0.0.0/33"}, {"cidr": "10.0.1.1"}, {"except": ["here"]}, {"except": ["192.0.2.0/24"]}
        )
    return found


def port(draw: st.DrawFn) -> Json:
    found = fields(
        optional(draw, "protocol", *PROTOCOLS, percent=60),
        optional(draw, "port", *NUMBERS, *NUMBERS, *NAMES, "side-http", percent=85),
    )
    if isinstance(found.get("port"), int) and chance(draw, 25):
        found["endPort"] = found["port"] + one(draw, 0, 100, 400)
    if is_bad(draw):
        found |= one(draw, {"port": 80, "endPort": 79}, {"port": "http", "endPort": 90}, {"port": 70000})
    if is_bad(draw):
        found["protocol"] = "ICMP"
    return found
