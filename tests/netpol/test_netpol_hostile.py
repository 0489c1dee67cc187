"""Policies that are broken, huge or made to break: never an exception, and what cannot be read is not known."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from answers import ENGINES, Connection, answer, faults, in_sets, modelled, net, word
from generated import clusters, connections
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.words import Json, item

from kpath.errors import SnapshotError
from kpath.semantics.netpol.expressions import DEPTH, SelectorError, term
from kpath.semantics.netpol.reach import products
from kpath.semantics.netpol.terms import POD
from kpath.semantics.netpol.verdicts import joined

JUNK: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 70000, 10**30, 1e308, "", "x", "all()", "((", "\x00\x1b[31m", "y" * 5000,
    [], [[]], [None], [1], ["x"], [{}], [{"x": 1}], {}, {"": None}, {"x": {"y": [{}]}}, {"matchLabels": [1]},
)  # fmt: skip
CALICO = "projectcalico.org/v3"
ASKED = ("shop/web", "shop/db", "TCP", 80)


def policy(spec: object, version: str = "networking.k8s.io/v1", kind: str = "NetworkPolicy") -> Json:
    return item(kind, "x", "shop", spec=spec) | {"apiVersion": version}


def calico(**spec: object) -> Json:
    return policy(spec, CALICO)


def given_(*policies: Json) -> list[Json]:
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "controller": True}]
    pods = [
        item("Pod", name, "shop", labels={"app": name}, ownerReferences=owner, spec={"containers": []},
             status={"phase": "Running", "podIP": f"10.0.1.{number}"})
        for number, name in enumerate(("web", "db"), 1)
    ]  # fmt: skip
    return [*pods, *policies]


def places(value: object) -> Iterator[tuple[Json | list[object], object]]:
    """Every field and item within a value, as what holds it and its key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key  # type: ignore[misc]
        yield from places(value[key])  # type: ignore[index]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[list[Json], list[Connection]]:
    """A cluster in which some fields of policies, tiers and sets of addresses hold something else."""
    documents = copy.deepcopy(draw(clusters()))
    asked = [draw(connections(documents)) for _ in range(4)]
    for each in documents:
        if each["kind"] not in ("Namespace", "Node", "Pod", "ServiceAccount", "Service"):
            for _ in range(draw(st.integers(0, 2))):
                if found := list(places(each["spec"])):
                    held, key = draw(st.sampled_from(found))
                    held[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))  # type: ignore[index]
    return documents, asked


@given(spoilt())
@settings(max_examples=120)
def test_junk_in_fields_is_no_exception(question: tuple[list[Json], list[Connection]]) -> None:
    """And the sets still are what the definition says."""
    documents, asked = question
    model = modelled(documents)
    for engine in ENGINES:
        for each in asked:
            found = answer(model, engine, each)
            if found.sender is not None and found.receiver is not None:
                assert in_sets(net(model, engine, *each[:2]), each) == joined(
                    found.sender.answer, found.receiver.answer
                )


@pytest.mark.parametrize("junk", JUNK, ids=[repr(each)[:20] for each in JUNK])
@pytest.mark.parametrize(
    ("version", "kind", "engine"),
    [
        ("networking.k8s.io/v1", "NetworkPolicy", "generic"),
        (CALICO, "NetworkPolicy", "calico"),
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "generic"),
        ("networking.k8s.aws/v1alpha1", "ClusterNetworkPolicy", "vpc-cni"),
        ("cilium.io/v2", "CiliumNetworkPolicy", "cilium"),
        (CALICO, "Tier", "calico"),
        (CALICO, "GlobalNetworkSet", "calico"),
    ],
)
def test_a_spec_may_be_anything(version: str, kind: str, engine: str, junk: object) -> None:
    model = modelled(given_(policy(junk, version, kind)))

    assert word(model, engine, ASKED) in ("allowed", "denied", "possible")
    assert isinstance(junk, dict) or junk is None or faults(model, engine)


UNREAD = {
    "100,000 characters": "a" * 100_000,
    "10,000 parentheses": "(" * 10_000 + "all()" + ")" * 10_000,
    "10,000 negations": "!" * 10_000 + "all()",
    "parentheses that stay open": "(" * 50 + "all()",
    "a quote that stays open": "app == '" + "x" * 100_000,
    "nothing but spaces before the end": "app" + " " * 100_000 + "==",
    "a set that stays open": "app in {" + "'x'," * 10_000,
    "control characters": "app == 'web'\x00",
    "an operator that does not exist": "app === 'web'",
    "no operator": "app 'web'",
    "two values": "app == 'web' 'db'",
    "a key in quotes": "'app' == 'web'",
    "an operator alone": "&&",
    "an operator at the end": "all() ||",
    "a function that does not exist": "none()",
}


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_a_selector_that_cannot_be_read_leaves_open_whom_it_is_about(text: str) -> None:
    model = modelled(given_(calico(selector=text, ingress=[])))
    [fault] = faults(model, "calico")

    assert (fault.at, word(model, "calico", ASKED)) == ("/spec/selector", "possible")
    assert len(fault.what) < 200
    with pytest.raises(SelectorError):
        term(text, POD)


LONG = {
    "20,000 parts that are one": " && ".join(["app == 'db'"] * 20_000),
    "20,000 parts that differ": " || ".join(["app == 'db'", *(f"app == 'x{number}'" for number in range(20_000))]),
    "a set of 50,000": "app in {'db'," + ",".join(f"'x{number}'" for number in range(50_000)) + "}",
    "as deep as may be": "(" * DEPTH + "app == 'db'" + ")" * DEPTH,
    "spaces everywhere": "  app  ==  'db'\t&&\n(  all()  )" + " " * 10_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_selector_is_one_still(text: str) -> None:
    model = modelled(given_(calico(selector=text, ingress=[])))

    assert (faults(model, "calico"), word(model, "calico", ASKED)) == ((), "denied")


BLOCKS = [f"10.{number // 256}.{number % 256}.0/24" for number in range(3000)]
ODD = list(range(1, 10_000, 2))
HUGE = {
    "10,000 ports": (policy({"ingress": [{"ports": [{"port": each} for each in range(1, 10_001)]}]}), "allowed"),
    "10,000 names": (policy({"ingress": [{"ports": [{"port": f"n{each}"} for each in range(10_000)]}]}), "denied"),
    "3,000 rules": (
        policy({"ingress": [{"from": [{"ipBlock": {"cidr": each}}], "ports": [{"port": 80}]} for each in BLOCKS]}),
        "allowed",
    ),
    "3,000 exceptions": (
        policy({"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": BLOCKS}}]}]}),
        "denied",
    ),
    "3,000 expressions": (
        policy(
            {"podSelector": {"matchExpressions": [{"key": f"k{each}", "operator": "Exists"} for each in range(3000)]}}
        ),
        "allowed",
    ),
}
HUGE_OF_CALICO = {
    "5,000 ports denied": (
        calico(ingress=[{"action": "Deny", "protocol": "TCP", "destination": {"ports": ODD}}, {"action": "Allow"}]),
        "allowed",
    ),
    "5,000 ports excepted": (
        calico(ingress=[{"action": "Allow", "protocol": "TCP", "destination": {"notPorts": ODD}}]),
        "allowed",
    ),
    "1,000 rules by turns": (
        calico(
            ingress=[
                {
                    "action": "Allow" if number % 2 else "Deny",
                    "protocol": "TCP",
                    "source": {"nets": [each]},
                    "destination": {"ports": [number + 1]},
                }
                for number, each in enumerate(BLOCKS[:1000])
            ]
        ),
        "denied",
    ),
}


@pytest.mark.parametrize("engine", ["vpc-cni", "calico"])
@pytest.mark.parametrize(("document", "expected"), HUGE.values(), ids=HUGE)
def test_huge_policies_are_read_to_their_end(document: Json, expected: str, engine: str) -> None:
    model = modelled(given_(document))

    assert (faults(model, engine), word(model, engine, ASKED)) == ((), expected)
    assert sum(1 for _ in products(net(model, engine))) > 0


@pytest.mark.parametrize(("document", "expected"), HUGE_OF_CALICO.values(), ids=HUGE_OF_CALICO)
def test_huge_policies_of_calico_are_too(document: Json, expected: str) -> None:
    model = modelled(given_(document))

    assert (faults(model, "calico"), word(model, "calico", ASKED)) == ((), expected)
    assert sum(1 for _ in products(net(model, "calico"))) > 0


@pytest.mark.parametrize("number", [10**300, -(10**300), 1e308, 65536, 0])
def test_numbers_that_are_no_port(number: float) -> None:
    model = modelled(given_(policy({"ingress": [{"ports": [{"port": number}]}]})))

    assert [each.at for each in faults(model, "generic")] == ["/spec/ingress/0/ports/0/port"]
    assert word(model, "generic", ASKED) == "possible"


def test_orders_of_any_size_are_orders() -> None:
    first = calico(order=-1e308, ingress=[{"action": "Deny"}])
    last = calico(order=10**300, ingress=[{"action": "Allow"}])
    last["metadata"]["name"] = "y"

    assert word(modelled(given_(first, last)), "calico", ASKED) == "denied"


def test_what_is_nested_too_deep_is_refused_with_its_place() -> None:
    inner: object = 1
    for _ in range(300):
        inner = {"a": inner}

    with pytest.raises(SnapshotError, match="/items/2: nested deeper than"):
        modelled(given_(policy({"podSelector": inner})))


def test_names_with_control_characters_are_names() -> None:
    named = policy({"podSelector": {"matchLabels": {"app\x00\x1b[31m": "\n"}}})
    named["metadata"]["name"] = "\x1b]0;x\x07"

    assert word(modelled(given_(named)), "generic", ASKED) == "allowed"
