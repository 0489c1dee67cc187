"""Policies of administrators: by tier and priority, with ports in each version's way."""

from __future__ import annotations

from generated_kubernetes import (
    BLOCKS,
    NAMES,
    NUMBERS,
    PROTOCOLS,
    is_bad,
    of_namespaces,
    of_pods,
    selector,
)
from hypothesis import strategies as st
from strategies.words import Json, chance, few, fields, one, optional

PRIORITIES = (1, 5, 10, 10, 50)
NODES = {"zone": ("a", "b")}


def admin_policy(draw: st.DrawFn, name: str) -> Json:
    if chance(draw, 50):
        version, accept = "v1alpha1", "Allow"
        return _policy(draw, "AdminNetworkPolicy", name, version, accept, {"priority": one(draw, *PRIORITIES)})
    return _cluster_policy(draw, name, "policy.networking.k8s.io/v1alpha2")


def aws_policy(draw: st.DrawFn, name: str) -> Json:
    return _cluster_policy(draw, name, "networking.k8s.aws/v1alpha1")


def baseline(draw: st.DrawFn) -> Json:
    return _policy(draw, "BaselineAdminNetworkPolicy", "default", "v1alpha1", "Allow", {})


def _cluster_policy(draw: st.DrawFn, name: str, version: str) -> Json:
    more = {"tier": one(draw, "Admin", "Admin", "Baseline"), "priority": one(draw, *PRIORITIES)}
    return _policy(draw, "ClusterNetworkPolicy", name, version, "Accept", more)


def _policy(draw: st.DrawFn, kind: str, name: str, version: str, accept: str, more: Json) -> Json:
    """Short versions are of the group of the upstream API."""
    version = version if "/" in version else f"policy.networking.k8s.io/{version}"
    actions = [accept, accept, "Deny", "Deny", *(["Pass"] if kind[0] != "B" else [])]
    spec: Json = {"subject": _pods(draw), **more}
    for key in few(draw, ("ingress", "egress"), 2, 1):
        count = draw(st.integers(1, 3))
        spec[key] = [_rule(draw, key, actions, version) for _ in range(count)]
    if is_bad(draw):
        spec["order"] = 1
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _rule(draw: st.DrawFn, key: str, actions: list[str], version: str) -> Json:
    found: Json = {"action": one(draw, *actions)}
    outward = key == "egress"
    peers = [_peer(draw, outward, version, found["action"]) for _ in range(one(draw, 1, 1, 2))]
    found["to" if outward else "from"] = peers
    if chance(draw, 50):
        newer = version.endswith("v1alpha2")
        ports = [_protocol(draw) if newer else _port(draw) for _ in range(draw(st.integers(1, 2)))]
        found["protocols" if newer else "ports"] = ports
    return found


def _pods(draw: st.DrawFn) -> Json:
    if chance(draw, 50):
        return {"namespaces": of_namespaces(draw)}
    return {"pods": {"namespaceSelector": of_namespaces(draw), "podSelector": of_pods(draw)}}


def _peer(draw: st.DrawFn, outward: bool, version: str, action: str) -> Json:
    if is_bad(draw):
        return one(draw, {"externals": {}}, {"namespaces": {}, "pods": {}})
    if not outward or chance(draw, 50):
        return _pods(draw)
    if action not in ("Deny", "Pass") and chance(draw, 15):
        return {"domainNames": ["*.example.com"]}
    if "aws" not in version and chance(draw, 25):
        return {"nodes": selector(draw, NODES)}
    return {"networks": few(draw, [*dict.fromkeys(BLOCKS), *(["10.0.0.0/33"] if is_bad(draw) else [])], 2, 1)}


def _range(draw: st.DrawFn) -> Json:
    start = one(draw, *NUMBERS)
    return {"start": start, "end": start + one(draw, 1, 100, 400) if not is_bad(draw) else 1}


def _port(draw: st.DrawFn) -> Json:
    protocol = fields(optional(draw, "protocol", *PROTOCOLS, percent=70))
    return one(
        draw,
        {"portNumber": {**protocol, "port": one(draw, *NUMBERS)}},
        {"portRange": {**protocol, **_range(draw)}},
        {"namedPort": one(draw, *NAMES)},
    )


def _protocol(draw: st.DrawFn) -> Json:
    if chance(draw, 20):
        return {"destinationNamedPort": one(draw, *NAMES)}
    target = one(draw, {"number": one(draw, *NUMBERS)}, {"range": _range(draw)})
    return {one(draw, "tcp", "tcp", "udp", "sctp"): {"destinationPort": target} if chance(draw, 85) else {}}
