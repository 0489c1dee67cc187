"""The view of a network, held to what is decided connection by connection."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import generated
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.snapshots import loaded

from kpath.model.tables import Model
from kpath.query.connections import Asked, Connections
from kpath.query.whys import SAME_NODE
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import number
from kpath.semantics.netpol.allows import connection
from kpath.semantics.netpol.engine import named
from kpath.semantics.netpol.joint import Joint, connections
from kpath.semantics.netpol.network import network
from kpath.semantics.netpol.ports import Span
from kpath.semantics.netpol.verdicts import ALLOWED, DENIED, POSSIBLE, is_local, joined, resolved, verdict

ENGINES = ("none", "generic", "vpc-cni", "vpc-cni-strict", "calico", "cilium")
TRUTH = {ALLOWED: True, POSSIBLE: None, DENIED: False}
ASKED = (("TCP", 80), ("TCP", 443), ("UDP", 53), ("SCTP", 65535))


def holds(ports: str, protocol: str, port: int) -> bool:
    """Whether the text of some ports has one."""
    if ports in ("all", "none"):
        return ports == "all"
    for part in ports.split("; "):
        named_, _, numbers = part.partition(" ")
        for each in numbers.split(","):
            low, _, high = each.partition("-")
            if named_ == protocol and int(low) <= port <= int(high or low):
                return True
    return False


def word(words: list[str]) -> str:
    """The best of what several rows say."""
    return next((each for each in (ALLOWED, POSSIBLE) if each in words), DENIED)


def names(model: Model, pod: Ref) -> set[str]:
    """What a pod may be called: by its name, or its controller's."""
    row = model.names.find(pod)
    assert row is not None
    owner = model.pods.owner_of(row)
    found = {pod[4:], str(pod)}
    return found | ({f"{owner.namespace}/{owner.name}", str(owner)} if owner is not None else set())


def expected(
    model: Model, engines: tuple[str, ...], source: Ref | int, target: Ref | int, protocol: str, port: int
) -> str:
    words = (verdict(model, named(each)[0], source, target, protocol, port).word for each in engines)
    return joined(*(TRUTH[each] for each in words))


def pods_of(model: Model) -> list[Ref]:
    return [model.names.ref(row) for row in range(len(model.pods))]


@given(st.data())
@pytest.mark.parametrize("engine", ENGINES)
def test_all_pairs_are_as_each_is_decided(engine: str, data: st.DataObject) -> None:
    model = loaded(data.draw(generated.clusters()))
    rows = Connections(model, Asked(engine=engine)).to_dicts()
    outside = [each for each in generated.OUTSIDE[:3]]

    for source in pods_of(model):
        own = names(model, source)
        mine = [each for each in rows if each["source"] in own]
        for target in (*pods_of(model), *outside):
            if source == target:
                continue
            if isinstance(target, Ref):
                there = [each for each in mine if each["destination"] in names(model, target)]
            else:
                there = [each for each in mine if _has(each["destination"], target)]
            peer = target if isinstance(target, Ref) else number(target)
            assert peer is not None
            local = is_local(network(model, named(engine)[0]), source, peer)
            # Of the pods of one controller, some may share a node with the other end, and these may not.
            there = [
                each if each["why"] != SAME_NODE or local else each | {"verdict": POSSIBLE}
                for each in there
                if each["why"] != SAME_NODE or local is not False
            ]
            for protocol, port in ASKED:
                found = word([each["verdict"] for each in there if holds(each["ports"], protocol, port)])

                assert expected(model, (engine,), source, peer, protocol, port) == found, (source, target, port)


def _has(block: str, address: str) -> bool:
    return block[:1].isdigit() and "/" in block and ip_address(address) in ip_network(block)


@given(st.data())
@pytest.mark.parametrize("engine", ENGINES)
def test_a_pair_that_is_asked_about_is_as_it_is_decided(engine: str, data: st.DataObject) -> None:
    documents = data.draw(generated.clusters())
    model = loaded(documents)
    first, last, protocol, port = data.draw(generated.connections(documents))
    source, target = (_peer(model, each) for each in (first, last))
    assume(source is not None and target is not None)
    assert source is not None
    assert target is not None
    assume(resolved(model, source) != resolved(model, target))
    asked = Asked(_asked(first), _asked(last), f"{protocol}/{port}", engine)
    rows = Connections(model, asked).rows

    assert [expected(model, (engine,), source, target, protocol, port)] == list(
        dict.fromkeys(each.verdict for each in rows)
    )
    assert all(each.ports == ("none" if each.verdict == DENIED else f"{protocol} {port}") for each in rows)
    assert all(each.why for each in rows)


def _asked(text: str) -> str:
    return text if number(text) is not None else f"pod/{text}"


def _peer(model: Model, text: str) -> Ref | int | None:
    if (at := number(text)) is not None:
        return at
    return Ref(f"pod/{text}") if model.names.find(f"pod/{text}") is not None else None


@given(st.data())
def test_what_two_engines_let_through_is_what_each_lets_through(data: st.DataObject) -> None:
    model = loaded(data.draw(generated.clusters()))
    engines = data.draw(st.permutations(ENGINES[1:]))[: data.draw(st.integers(2, 3))]
    joint = Joint(model, [each for name in engines for each in named(name)])
    found = connections(joint)

    for source in range(joint.size):
        for target in range(joint.size if source < joint.first_atom else joint.first_atom):
            let = [each for each in found if each.sources >> source & 1 and each.targets >> target & 1]
            for number_, piece in enumerate(joint.cells.pieces):
                here = [each for each in let if each.ports >> number_ & 1]
                words = joined(*(_both_ends(joint, seen, source, target, piece) for seen in range(len(engines))))

                assert words == word([ALLOWED if each.sure else POSSIBLE for each in here])
                assert all(len(each.because) == len(engines) for each in here)


def _both_ends(joint: Joint, seen: int, source: int, target: int, piece: Span) -> bool | None:
    found = joint.networks[seen]
    own, peer = (found.universe.parties[joint.party_in(seen, each)] for each in (source, target))
    ends = connection(found, own, peer, piece.protocol, piece.first)
    return TRUTH[joined(*(each.answer for each in ends))]
