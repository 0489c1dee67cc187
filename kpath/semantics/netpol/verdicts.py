"""One connection between two of pods and addresses: allowed, denied, or not to be known, and why."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import at_node
from kpath.semantics.netpol.addresses import number as number_of
from kpath.semantics.netpol.allows import End, connection
from kpath.semantics.netpol.engine import Engine
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.terms import Party

ALLOWED, DENIED, POSSIBLE = "allowed", "denied", "possible"
# A pod, or the number of an address.
Peer = Ref | int


class Answer(Struct, frozen=True):
    """What becomes of a connection. `local`: no policy is asked, for both are on one node, or are one."""

    word: str
    sender: End | None = None
    receiver: End | None = None
    local: bool = False


def verdict(model: Model, engine: Engine, source: Peer, target: Peer, protocol: str, port: int) -> Answer:
    """Whether a connection is let through by one engine. A pod that has ended has none; it is no pod of the model."""
    source, target = resolved(model, source), resolved(model, target)
    points = tuple(sorted(each for each in (source, target) if isinstance(each, int)))
    seen = network(model, engine, points)
    own, peer = party_of(seen, source), party_of(seen, target)
    if own is None or peer is None:
        return Answer(DENIED)
    local = source == target or not engine.enforces or is_local(seen, source, target)
    if local:
        return Answer(ALLOWED, local=True)
    sender, receiver = connection(seen, own, peer, protocol, port)
    word = joined(sender.answer, receiver.answer)
    return Answer(POSSIBLE if word == DENIED and local is None else word, sender, receiver)


def resolved(model: Model, peer: Peer) -> Peer:
    """The pod that an address is of, if it is one's alone."""
    return _pods_by_address(model).get(peer, peer) if isinstance(peer, int) else peer


@memoised
def _pods_by_address(model: Model) -> Mapping[int, Ref]:
    numbers = [tuple(filter(None, map(number_of, text.split(",")))) for text in model.pods.addresses]
    found: dict[int, Ref] = {}
    for row, at in enumerate(model.pods.columns.address.tolist()):
        if at >= 0 and not model.pods.class_of(row).spec.host_network:
            found |= dict.fromkeys(numbers[at], model.names.ref(row))
    return found


def joined(*answers: bool | None) -> str:
    if False in answers:
        return DENIED
    return POSSIBLE if None in answers else ALLOWED


def party_of(seen: Network, peer: Peer) -> Party | None:
    """The party that a pod or an address is of; `None` for a pod that there is not."""
    if isinstance(peer, int):
        return seen.universe.parties[seen.universe.first_atom + seen.atom(peer)]
    number = seen.model.names.find(peer)
    if number is None or number >= len(seen.groups.of_pod):
        return None
    return seen.universe.parties[int(seen.groups.of_pod[number])]


def is_local(seen: Network, source: Peer, target: Peer) -> bool | None:
    """Whether no policy bears on a connection since one end is the node that the other is on; `None`: may be.

    What comes from its own node reaches a pod under every engine; what it sends there, not under all.
    """
    if not is_node(seen, source) and not (is_node(seen, target) and not seen.engine.asks_at_own_node):
        return False
    first, second = node_of(seen.model, source), node_of(seen.model, target)
    if first < 0 or second < 0:
        # An address that is no node's is on none; a pod that is on none yet may come to any.
        foreign = any(isinstance(each, int) and at < 0 for each, at in ((source, first), (target, second)))
        return False if foreign else None
    return first == second


def is_node(seen: Network, peer: Peer) -> bool:
    """Whether a peer is a node, or a pod that has its address."""
    party = party_of(seen, peer)
    return isinstance(peer, int) or (party is not None and party.host)


def node_of(model: Model, peer: Peer) -> int:
    """The number of the node that a pod is on, or that an address is of; -1 where there is none."""
    if isinstance(peer, int):
        return next(
            (number for number, node in enumerate(model.nodes) if peer in at_node(node, "InternalIP", "ExternalIP")), -1
        )
    number = model.names.find(peer)
    return int(model.pods.columns.node[number]) if number is not None and number < len(model.pods) else -1
