"""The fields that each kind of policy has; with any other its effect is not known."""

from __future__ import annotations

from typing import Any

ANY = object()
SELECTOR = {"matchLabels": ANY, "matchExpressions": [{"key": ANY, "operator": ANY, "values": ANY}]}
PODS = {"namespaceSelector": SELECTOR, "podSelector": SELECTOR}
OBJECT = {"apiVersion": ANY, "kind": ANY, "metadata": ANY, "status": ANY}

_PEER = {**PODS, "ipBlock": {"cidr": ANY, "except": ANY}}
_PORTS = [{"protocol": ANY, "port": ANY, "endPort": ANY}]
KUBERNETES = {
    **OBJECT,
    "spec": {
        "podSelector": SELECTOR,
        "policyTypes": ANY,
        "ingress": [{"from": [_PEER], "ports": _PORTS}],
        "egress": [{"to": [_PEER], "ports": _PORTS}],
    },
}

PEERS = {"namespaces": SELECTOR, "pods": PODS}
EGRESS_PEERS = {**PEERS, "networks": ANY, "nodes": SELECTOR, "domainNames": ANY}
_SINGLE, _RANGE = {"protocol": ANY, "port": ANY}, {"protocol": ANY, "start": ANY, "end": ANY}
_LAYER4 = {"destinationPort": {"number": ANY, "range": {"start": ANY, "end": ANY}}}
_BY_PORTS = {"ports": [{"portNumber": _SINGLE, "portRange": _RANGE, "namedPort": ANY}]}
_BY_PROTOCOLS = {"protocols": [{"tcp": _LAYER4, "udp": _LAYER4, "sctp": _LAYER4, "destinationNamedPort": ANY}]}


def _admin(ports: dict[str, Any], *more: str) -> dict[str, Any]:
    # Peers are apart: what is done with one that has no known field is laid down (CNP-17).
    rule = {"name": ANY, "action": ANY, **ports}
    spec = {"subject": PEERS, "ingress": [{**rule, "from": ANY}], "egress": [{**rule, "to": ANY}]}
    return {**OBJECT, "spec": {**spec, **dict.fromkeys(more, ANY)}}


ADMIN = {
    ("AdminNetworkPolicy", "policy.networking.k8s.io"): _admin(_BY_PORTS, "priority"),
    ("BaselineAdminNetworkPolicy", "policy.networking.k8s.io"): _admin(_BY_PORTS),
    ("ClusterNetworkPolicy", "policy.networking.k8s.io"): _admin(_BY_PROTOCOLS, "priority", "tier"),
    ("ClusterNetworkPolicy", "networking.k8s.aws"): _admin(_BY_PORTS, "priority", "tier"),
}

_ENTITY = {
    **dict.fromkeys(("nets", "notNets", "selector", "notSelector", "namespaceSelector", "ports", "notPorts"), ANY),
    "serviceAccounts": {"names": ANY, "selector": ANY},
    "services": {"name": ANY, "namespace": ANY},
}
_RULE = {
    **dict.fromkeys(("action", "metadata", "ipVersion", "protocol", "notProtocol", "icmp", "notICMP", "http"), ANY),
    "source": _ENTITY,
    "destination": _ENTITY,
}
_CALICO = dict.fromkeys(("tier", "order", "selector", "serviceAccountSelector", "types", "performanceHints"), ANY)
_GLOBAL = dict.fromkeys(("namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"), ANY)
CALICO = {
    "NetworkPolicy": {**OBJECT, "spec": {**_CALICO, "ingress": [_RULE], "egress": [_RULE]}},
    "GlobalNetworkPolicy": {**OBJECT, "spec": {**_CALICO, **_GLOBAL, "ingress": [_RULE], "egress": [_RULE]}},
}
HOST = {
    **OBJECT,
    "spec": {**dict.fromkeys(("node", "interfaceName", "expectedIPs", "profiles"), ANY),
             "ports": [{"name": ANY, "port": ANY, "protocol": ANY}]},
}  # fmt: skip


def is_strange(value: object, known: object) -> bool:
    """Whether anything in a document is a field that its kind does not have."""
    if known is ANY or value is None:
        return False
    if isinstance(known, list):
        return not isinstance(value, list) or any(is_strange(each, known[0]) for each in value)
    if not isinstance(value, dict) or not isinstance(known, dict):
        return True
    return any(key not in known or is_strange(each, known[key]) for key, each in value.items())
