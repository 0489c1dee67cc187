"""ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy (section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from .fields import ADMIN, EGRESS_PEERS, PEERS, is_strange
from .kubernetes import resolves
from .selectors import Labels, matches
from .tiers import Policy, Rule, Tier
from .unknowns import Json, Truth, every, some
from .world import Connection, Party, World, inside, labels, namespace

ACTIONS = {"Accept": "Allow", "Allow": "Allow", "Deny": "Deny", "Pass": "Pass"}
RANKS = ("Deny", "Allow", "Pass")
LAST = 10**9


def tier(connection: Connection, direction: str, name: str) -> Tier:
    """CNP-07: what no rule matches goes on, whether a policy applies or not."""
    return Tier(policies(connection, direction, name))


def policies(connection: Connection, direction: str, name: str) -> list[Policy]:
    found = []
    for document, known in _counted(connection.world):
        spec, kind = document["spec"], document["kind"]
        own = {"AdminNetworkPolicy": "Admin", "BaselineAdminNetworkPolicy": "Baseline"}.get(kind, spec.get("tier"))
        if own != name:
            continue
        peers = [peer for rule in _rules(spec, direction) for peer in _peers(rule, direction)]
        sure = not is_strange(document, known) and not any(_is_mixed(peer, direction) for peer in peers)
        applies = every([_is_subject(spec.get("subject") or {}, connection, direction), True if sure else None])
        rules = [_rule(rule, connection, direction) for rule in _rules(spec, direction)]
        order = spec.get("priority", 0) if kind != "BaselineAdminNetworkPolicy" else LAST
        found.append(Policy((order,), applies, rules))
    return list(_by_action(found)) if connection.world.vpc_cni else found


def _counted(world: World) -> Iterator[tuple[Json, Json]]:
    counted = "networking.k8s.aws" if world.vpc_cni else "policy.networking.k8s.io"
    for (kind, api), known in ADMIN.items():
        if api == counted and world.engine != "cilium":
            for document in world.of(kind, api):
                yield document, known


def _by_action(found: list[Policy]) -> Iterator[Policy]:
    """CNP-05: at one priority Deny comes first and Pass last, wherever they are written."""
    for policy in found:
        for action, match in policy.rules:
            rank = RANKS.index(action) if action in RANKS else len(RANKS)
            yield Policy((*policy.order, rank), True, [(action, every([policy.applies, match]))])


def _rules(spec: Json, direction: str) -> list[Json]:
    return spec.get(direction.lower()) or []


def _peers(rule: Json, direction: str) -> list[Json]:
    return rule.get("from" if direction == "Ingress" else "to") or []


def _known(direction: str) -> Json:
    return PEERS if direction == "Ingress" else EGRESS_PEERS


def _is_mixed(peer: Json, direction: str) -> bool:
    """A field that is known beside one that is not, or within one."""
    return bool(peer.keys() & _known(direction).keys()) and is_strange(peer, _known(direction))


def _is_subject(subject: Json, connection: Connection, direction: str) -> Truth:
    if len(subject) != 1:
        return None
    return _picks(subject, connection.subject(direction).pod, connection.world)


def _rule(rule: Json, connection: Connection, direction: str) -> Rule:
    action = ACTIONS.get(rule.get("action", ""), "")
    peers = _peers(rule, direction)
    if action in ("Deny", "Pass") and any(_is_unread(peer, connection, direction) for peer in peers):
        # CNP-15, CNP-17: closed when in doubt; CNP-14: what comes from outside matches no rule.
        is_within = direction == "Egress" or connection.peer(direction).kind == "pod"
        return "Deny", every([is_within, _on(rule, connection, connection.port)])
    if not peers:
        return action, every([None, _on(rule, connection, connection.port)])
    return action, some(_peer(peer, rule, connection, direction) for peer in peers)


def _is_unread(peer: Json, connection: Connection, direction: str) -> bool:
    world = connection.world
    read = set(_known(direction)) - ({"nodes"} if world.vpc_cni or world.engine == "calico" else set())
    return not peer.keys() & read


def _peer(peer: Json, rule: Json, connection: Connection, direction: str) -> Truth:
    party, world = connection.peer(direction), connection.world
    here = _on(rule, connection, connection.port)
    if _is_unread(peer, connection, direction):
        return False
    if len(peer.keys() & _known(direction).keys()) > 1:
        return every([None, here])
    if "networks" in peer:  # CNP-10
        return every([some(inside(party.address, each) for each in peer["networks"] or []), here])
    if "nodes" in peer:  # CNP-15
        is_node = party.kind in ("node", "host")
        return every([is_node, matches(peer["nodes"] or {}, world.node_labels(party.node)), here])
    if "domainNames" in peer:  # CNP-16
        return every([None, party.kind == "address", ACTIONS.get(rule.get("action", "")) == "Allow", here])
    if party.kind == "service":
        return every([_picks(peer, party.pod, world), _on(rule, connection, party.target)])
    return every([_picks(peer, party.pod, world), here]) if party.kind == "pod" else False  # CNP-11, CNP-14


def _picks(peer: Json, pod: Json, world: World) -> Truth:
    spaces, pods = peer.get("namespaces"), {}
    if spaces is None:
        both = peer.get("pods") or {}
        spaces, pods = both.get("namespaceSelector") or {}, both.get("podSelector") or {}
    here = world.namespace_labels(namespace(pod))
    return every([matches(spaces, here), matches(pods, Labels(labels(pod)))])


# Ports: v1alpha1 and EKS have `ports`, v1alpha2 `protocols`.


def _on(rule: Json, connection: Connection, port: int) -> Truth:
    entries = [_of_port(each, connection, port) for each in rule.get("ports") or []]
    entries += [_of_protocol(each, connection, port) for each in rule.get("protocols") or []]
    return some(entries) if entries else True


def _of_port(entry: Json, connection: Connection, port: int) -> Truth:
    known = entry.keys() & {"portNumber", "portRange", "namedPort"}
    if len(known) != 1:
        return None
    if "namedPort" in entry:
        return _named(entry["namedPort"], connection, port)
    only, some_ports = entry.get("portNumber") or {}, entry.get("portRange") or {}
    protocol = (only or some_ports).get("protocol") or "TCP"
    if protocol not in ("TCP", "UDP", "SCTP"):
        return None
    if "portNumber" in entry:
        return protocol == connection.protocol and _within(port, only.get("port"), only.get("port"))
    return protocol == connection.protocol and _within(port, some_ports.get("start"), some_ports.get("end"))


def _of_protocol(entry: Json, connection: Connection, port: int) -> Truth:
    known = entry.keys() & {"tcp", "udp", "sctp", "destinationNamedPort"}
    if len(known) != 1:
        return None
    if "destinationNamedPort" in entry:
        return _named(entry["destinationNamedPort"], connection, port)
    protocol = known.pop()
    if protocol.upper() != connection.protocol:
        return False
    target = (entry[protocol] or {}).get("destinationPort")
    if target is None:
        return True
    if len(target.keys() & {"number", "range"}) != 1:
        return None
    if "number" in target:
        return _within(port, target["number"], target["number"])
    return _within(port, target["range"].get("start"), target["range"].get("end"))


def _within(port: int, first: object, last: object) -> Truth:
    if not isinstance(first, int) or not isinstance(last, int) or not 1 <= first <= last <= 65535:
        return None
    return first <= port <= last


def _named(name: str, connection: Connection, port: int) -> bool:
    """CNP-13: of any protocol, on a pod."""
    party: Party = connection.destination
    if party.kind == "service":
        return (name, connection.protocol, port) in connection.world.named_ports(party.pod)
    return resolves(name, connection, party)
