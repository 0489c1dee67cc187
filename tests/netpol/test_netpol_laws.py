"""Laws of the network on random clusters: sets are what the definition says, and that is what the reference says."""

from __future__ import annotations

import copy

from answers import ENGINES, Connection, answer, faults, in_sets, modelled, net, word
from generated import clusters, connections
from generated_kubernetes import of_pods, rule
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import verdict
from strategies.words import Json, chance, item, one

from kpath.semantics.netpol.network import Network
from kpath.semantics.netpol.reach import between, products
from kpath.semantics.netpol.universe import bits
from kpath.semantics.netpol.verdicts import joined

ASKED = 8


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Json], list[Connection]]:
    documents = draw(clusters())
    return documents, [draw(connections(documents)) for _ in range(ASKED)]


@given(questions())
@settings(max_examples=200)
def test_the_sets_are_what_the_definition_says(question: tuple[list[Json], list[Connection]]) -> None:
    """`between` reads rows of sets; `allows` asks one connection, policy by policy."""
    documents, asked = question
    model = modelled(documents)
    for engine in ENGINES:
        for each in asked:
            found = answer(model, engine, each)
            if found.sender is not None and found.receiver is not None:
                assert joined(found.sender.answer, found.receiver.answer) == in_sets(
                    net(model, engine, *each[:2]), each
                )


@given(clusters())
@settings(max_examples=60)
def test_products_are_all_pairs_and_no_others(documents: list[Json]) -> None:
    """Every pair of parties, one of them a pod, has the ports of its products."""
    model = modelled(documents)
    for engine in ENGINES:
        seen = net(model, engine)
        sure, may = written_out(seen)
        for source in range(seen.universe.size):
            for target in range(seen.universe.size if source < seen.universe.first_atom else seen.universe.first_atom):
                expected = between(seen, source, target)
                assert expected == (sure.pop((source, target), 0), may.pop((source, target), 0))
        assert (sure, may) == ({}, {})


def written_out(seen: Network) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    sure: dict[tuple[int, int], int] = {}
    may: dict[tuple[int, int], int] = {}
    for each in products(seen):
        for pair in ((source, target) for source in bits(each.sources) for target in bits(each.targets)):
            may[pair] = may.get(pair, 0) | each.ports
            if each.sure:
                sure[pair] = sure.get(pair, 0) | each.ports
    return sure, may


@given(questions())
@settings(max_examples=300)
def test_the_words_are_those_of_the_reference(question: tuple[list[Json], list[Connection]]) -> None:
    """Another program, written from the same specification; of policies with faults, less may be known."""
    documents, asked = question
    model = modelled(documents)
    for engine in ENGINES:
        at_fault = bool(faults(model, engine))
        for each in asked:
            expected, found = verdict(documents, *each, engine), word(model, engine, each)
            assert found == expected or (at_fault and found == "possible"), (engine, each, expected, found)


WORDS = ("denied", "possible", "allowed")


@given(questions(), st.data())
@settings(max_examples=100)
def test_one_more_rule_takes_nothing_away(question: tuple[list[Json], list[Connection]], data: st.DataObject) -> None:
    """Rules of a Kubernetes policy only allow."""
    documents, asked = question
    more = data.draw(with_a_rule(documents))
    before, after = modelled(documents), modelled(more)
    for engine in ENGINES:
        # What could not be read at all is another policy once something in it can be.
        if not faults(before, engine) and not faults(after, engine):
            for each in asked:
                words = [WORDS.index(word(model, engine, each)) for model in (before, after)]
                assert words == sorted(words), (engine, each)


@st.composite
def with_a_rule(draw: st.DrawFn, documents: list[Json]) -> list[Json]:
    """One of the policies has one more rule, in a direction that it is about already."""
    more = copy.deepcopy(documents)
    policies = [
        each for each in more if each["apiVersion"] == "networking.k8s.io/v1" and each["kind"] == "NetworkPolicy"
    ]
    if policies:
        spec = one(draw, *policies)["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        key, peers = ("ingress", "from") if "Egress" not in types or chance(draw, 50) else ("egress", "to")
        if key.title() in types:
            spec[key] = [*spec.get(key, ()), rule(draw, peers)]
    return more


@given(questions(), st.data())
@settings(max_examples=100)
def test_a_policy_without_rules_opens_nothing(
    question: tuple[list[Json], list[Connection]], data: st.DataObject
) -> None:
    """It isolates the pods that it selects."""
    documents, asked = question
    more = [*documents, data.draw(isolating())]
    before, after = modelled(documents), modelled(more)
    for each in asked:
        words = [WORDS.index(word(model, "generic", each)) for model in (before, after)]
        assert words == sorted(words, reverse=True), each


@st.composite
def isolating(draw: st.DrawFn) -> Json:
    spec = {"podSelector": {} if chance(draw, 50) else of_pods(draw)}
    spec |= {"policyTypes": one(draw, ["Ingress"], ["Egress"], ["Ingress", "Egress"])}
    return item("NetworkPolicy", "isolating", one(draw, "shop", "ci"), spec=spec) | {
        "apiVersion": "networking.k8s.io/v1"
    }
