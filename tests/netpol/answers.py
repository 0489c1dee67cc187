"""What kpath makes of documents and connections, in the words of the tables."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from strategies.words import Json

from kpath.model.load import load
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import number
from kpath.semantics.netpol.engine import NAMES, Engine
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.policy import Fault
from kpath.semantics.netpol.reach import between
from kpath.semantics.netpol.reading import reading
from kpath.semantics.netpol.verdicts import Answer, Peer, resolved, verdict

Connection = tuple[str, str, str, int]
ENGINES = {name: Engine(name, asked=True) for name in NAMES}


def modelled(documents: Iterable[Json]) -> Model:
    """The model of some documents."""
    with tempfile.TemporaryDirectory() as folder:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        (Path(folder) / "cluster.json").write_text(json.dumps(listed), encoding="utf-8")
        return load([folder])


def peer(text: str) -> Peer:
    """A pod `namespace/name`, or an address."""
    found = number(text)
    return Ref(f"pod/{text}") if found is None else found


def answer(model: Model, engine: str, asked: Connection) -> Answer:
    source, target, protocol, port = asked
    return verdict(model, ENGINES[engine], peer(source), peer(target), protocol, port)


def word(model: Model, engine: str, asked: Connection) -> str:
    return answer(model, engine, asked).word


def faults(model: Model, engine: str) -> tuple[Fault, ...]:
    return reading(model, ENGINES[engine].reads).faults


def net(model: Model, engine: str, *peers: str) -> Network:
    """The network, in which each address among some peers is a party of its own."""
    found = (resolved(model, peer(each)) for each in peers)
    return network(model, ENGINES[engine], tuple(sorted(each for each in found if isinstance(each, int))))


def party(seen: Network, text: str) -> int:
    """The number of the party that a pod or an address is of."""
    found = resolved(seen.model, peer(text))
    if isinstance(found, int):
        return seen.universe.first_atom + seen.atom(found)
    at = seen.model.names.find(found)
    assert at is not None
    return int(seen.groups.of_pod[at])


def in_sets(seen: Network, asked: Connection) -> str:
    """The word for a connection by the rows of sets, from which products come."""
    source, target, protocol, port = asked
    sure, may = between(seen, party(seen, source), party(seen, target))
    [piece] = [
        1 << number
        for number, each in enumerate(seen.cells.pieces)
        if each.protocol == protocol and each.first <= port <= each.last
    ]
    return "allowed" if sure & piece else "possible" if may & piece else "denied"
