"""NetworkPolicy (section 3)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

from .fields import KUBERNETES, is_strange
from .selectors import Labels, matches
from .tiers import Policy, Tier
from .unknowns import Json, Truth, every, negated, some
from .world import Connection, Party, Somewhere, World, inside, is_host, labels, namespace

ORDER = 1000
Named = Callable[[str], Truth]


def tier(connection: Connection, direction: str) -> Tier:
    return Tier(policies(connection, direction), "Deny")


def at_last(connection: Connection, direction: str) -> set[str]:
    """What becomes of a connection that nothing decides."""
    if connection.world.engine != "vpc-cni-strict":
        return {"Allow"}
    # NP-42: what no policy selects is closed; NP-43: a policy for the other direction is one that selects.
    chosen = some(_selects(each, connection.subject(direction).pod) for each in _of(connection, direction))
    return {True: {"Allow"}, False: {"Deny"}, None: {"Allow", "Deny"}}[chosen]


def policies(connection: Connection, direction: str) -> list[Policy]:
    """What is in the subject's namespace and has this direction (NP-39, NP-50)."""
    found = []
    for document in _of(connection, direction):
        spec = document["spec"]
        if direction not in types(spec):
            continue
        applies = _selects(document, connection.subject(direction).pod)
        rules = [("Allow", _rule(rule, document, connection, direction)) for rule in spec.get(direction.lower()) or []]
        found.append(Policy((ORDER, document["metadata"]["name"]), applies, rules))
    return found


def _of(connection: Connection, direction: str) -> list[Json]:
    found = connection.world.of("NetworkPolicy", "networking.k8s.io", "extensions")
    return [each for each in found if namespace(each) == namespace(connection.subject(direction).pod)]


def types(spec: Json) -> list[str]:
    """NP-02 to NP-05. One of an unknown name may mean either."""
    listed = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return listed if set(listed) <= {"Ingress", "Egress"} else ["Ingress", "Egress"]


def _selects(policy: Json, pod: Json) -> Truth:
    spec = policy["spec"]
    odd = is_strange(policy, KUBERNETES) or not set(spec.get("policyTypes") or []) <= {"Ingress", "Egress"}
    return every([matches(spec.get("podSelector") or {}, Labels(labels(pod))), None if odd else True])


def _rule(rule: Json, policy: Json, connection: Connection, direction: str) -> Truth:
    peers, ports = rule.get("from" if direction == "Ingress" else "to") or [], rule.get("ports") or []
    if not peers:  # NP-07
        return _on(ports, connection, connection.port, _anyone(policy, connection, direction))
    return some(_peer(peer, ports, policy, connection, direction) for peer in peers)


def _anyone(policy: Json, connection: Connection, direction: str) -> Named:
    if direction == "Ingress":
        return lambda name: _opened(name, policy, connection)
    if connection.world.vpc_cni:  # NP-54
        return lambda name: False
    return lambda name: resolves(name, connection, connection.destination)


def _peer(peer: Json, ports: list[Json], policy: Json, connection: Connection, direction: str) -> Truth:
    party, block = connection.peer(direction), peer.get("ipBlock")
    selectors = [peer.get(key) for key in ("podSelector", "namespaceSelector")]
    inward = (lambda name: _opened(name, policy, connection)) if direction == "Ingress" else None
    if (block is None) == (selectors == [None, None]):  # NP-58: nothing, or too much
        pod = connection.destination.pod
        named = inward or (lambda name: pod is not None and _has(name, pod, connection, connection.port))
        return every([None, _on(ports, connection, connection.port, named)])
    if block is not None:
        named = inward or (lambda name: resolves(name, connection, party))
        return every([in_block(block, party, connection.world), _on(ports, connection, connection.port, named)])
    found = []
    for pod, there, port in _faces(connection, party):
        named = inward or (lambda name, pod=pod, port=port: _has(name, pod, connection, port))
        parts = [there, _picks(selectors, policy, pod, connection.world), _on(ports, connection, port, named)]
        found.append(every(parts))
    return some(found)


def _picks(selectors: list[Json | None], policy: Json, pod: Json, world: World) -> Truth:
    """NP-13 to NP-16."""
    of_pods, of_namespaces = selectors
    if of_namespaces is None:
        space: Truth = namespace(pod) == namespace(policy)
    else:
        space = matches(of_namespaces, world.namespace_labels(namespace(pod)))
    return every([space, matches(of_pods or {}, Labels(labels(pod)))])


def _faces(connection: Connection, party: Party) -> list[tuple[Json, Truth, int]]:
    """The pods that a selector may take a party for: whether it is that one, and the port it would listen on."""
    if party.kind == "service":  # SVC-02
        return [(party.pod, True, party.target)]
    if party.kind == "pod":
        return [(party.pod, True, connection.port)]
    if connection.world.vpc_cni and party.kind in ("host", "node"):  # NP-37; elsewhere NP-36
        hosts = [pod for pod in connection.world.pods if is_host(pod)]
        return [(pod, _shares(pod, party, connection.world), connection.port) for pod in hosts]
    return []


def _shares(pod: Json, party: Party, world: World) -> Truth:
    """Whether a hostNetwork pod has a party's address."""
    addresses, name = world.addresses(pod), pod["spec"].get("nodeName")
    if pod is party.pod:
        return True
    if addresses and not isinstance(party.address, Somewhere | None):
        return party.address in addresses
    if party.kind == "node" and party.address not in world.node_addresses(party.node, "InternalIP"):
        return False
    return None if name is None or party.node is None else name == party.node


def in_block(block: Json, party: Party, world: World) -> Truth:
    """NP-27, NP-32, NP-33, NP-40, NP-47."""
    if party.kind == "pod" and world.engine in ("generic", "cilium"):
        return False
    if party.kind in ("node", "host") and world.engine == "cilium":
        return False
    cuts = block.get("except") or []
    refused = any(not _is_part(cut, block.get("cidr")) for cut in cuts)
    outside = [negated(inside(party.address, cut)) for cut in cuts]
    return every([inside(party.address, block.get("cidr")), *outside, None if refused else True])


def _is_part(cut: object, cidr: object) -> bool:
    """An exception is strictly within its block, or the API server refuses it."""
    try:
        small, large = ip_network(str(cut), strict=False), ip_network(str(cidr), strict=False)
    except ValueError:
        return False
    return small.version == large.version and small != large and small.subnet_of(large)


# Ports.


def _on(ports: list[Json], connection: Connection, port: int, named: Named) -> Truth:
    """NP-08 to NP-12."""
    return some(_entry(each, connection.protocol, port, named) for each in ports) if ports else True


def _entry(entry: Json, protocol: str, port: int, named: Named) -> Truth:
    own = entry.get("protocol") or "TCP"
    if own not in ("TCP", "UDP", "SCTP"):
        return None
    if own != protocol:
        return False
    first, last = entry.get("port"), entry.get("endPort")
    if first is None:
        return True if last is None else None
    if isinstance(first, str):
        return None if last is not None or first.isdigit() else named(first)
    last = first if last is None else last
    return first <= port <= last if 1 <= first <= last <= 65535 else None


def resolves(name: str, connection: Connection, party: Party) -> bool:
    """NP-24 to NP-26: a name is a number on a pod, and on nothing else."""
    return party.kind == "pod" and _has(name, party.pod, connection, connection.port)


def _has(name: str, pod: Json, connection: Connection, port: int) -> bool:
    return (name, connection.protocol, port) in connection.world.named_ports(pod)


def _opened(name: str, policy: Json, connection: Connection) -> Truth:
    """NP-23; NP-53: for the VPC CNI, the numbers that it has on any pod that the policy selects."""
    own = _has(name, connection.destination.pod, connection, connection.port)
    if not connection.world.vpc_cni:
        return own
    others = [pod for pod in connection.world.pods if namespace(pod) == namespace(policy)]
    numbers = [every([_selects(policy, pod), _has(name, pod, connection, connection.port)]) for pod in others]
    return some([own, *numbers])
