"""The reference evaluator held to the rows of administrators' policies and of Calico's."""

from __future__ import annotations

import pytest
from questions import (
    API,
    AWS,
    DB,
    METADATA,
    NODE,
    OUTSIDE,
    V3,
    WEB,
    admin,
    ask,
    calico,
    egress,
    given_,
    ingress,
    other,
)
from reference import ENGINES
from reference.expressions import Thing, holds
from reference.selectors import Labels
from strategies.words import Json

ALL = {"namespaces": {}}
ACCEPT, DENY = {"action": "Accept", "from": [ALL]}, {"action": "Deny", "from": [ALL]}
OUT = {"action": "Deny", "to": [{"networks": ["0.0.0.0/0"]}]}
ADMIN = {
    "CNP-01 Deny before a policy": ([admin(DENY), ingress({})], "denied"),
    "CNP-02 Accept before a policy": ([admin(ACCEPT), ingress()], "allowed"),
    "CNP-03 Pass skips the tier": ([admin({**DENY, "action": "Pass"}, DENY), ingress({})], "allowed"),
    "CNP-04 first rule": ([admin(ACCEPT, DENY)], "allowed"),
    "CNP-06 equal priorities": ([admin(ACCEPT), admin(DENY, name="b")], "possible"),
    "CNP-06 lower first": ([admin(ACCEPT), admin(DENY, name="b", priority=9)], "denied"),
    "CNP-08 no Baseline after a policy": ([admin(ACCEPT, tier="Baseline"), ingress()], "denied"),
    "CNP-09 Baseline": ([admin(DENY, tier="Baseline")], "denied"),
    "CNP-10 networks are pods too": ([admin(OUT, key="egress")], "denied"),
    "CNP-12 each port alone": (
        [admin({**DENY, "protocols": [{"tcp": {"destinationPort": {"range": {"start": 22, "end": 79}}}}]})],
        "allowed",
    ),
    "CNP-17 Accept of no known peer": ([admin({"action": "Accept", "from": [{"new": {}}]}), ingress()], "denied"),
    "CNP-17 Pass of no known peer": ([admin({"action": "Pass", "from": [{"new": {}}]})], "denied"),
}


@pytest.mark.parametrize(("documents", "expected"), ADMIN.values(), ids=ADMIN)
def test_policies_of_administrators_mean_what_their_rows_say(documents: list[Json], expected: str) -> None:
    assert ask(given_(*documents), f"{API} {WEB} TCP 80") == expected
    assert ask(given_(*documents), f"{API} {WEB} TCP 80", "calico") == expected


def test_deny_beats_accept_at_one_priority_of_eks() -> None:
    """CNP-05; each API counts only where it is served."""
    documents = given_(admin(ACCEPT, DENY, version=AWS))

    assert "denied" == ask(documents, f"{API} {WEB} TCP 80", "vpc-cni")
    assert "allowed" == ask(given_(admin(DENY)), f"{API} {WEB} TCP 80", "vpc-cni")


def test_a_domain_name_may_be_any_outside_address_and_no_pod() -> None:
    """CNP-16."""
    rule = {"action": "Accept", "to": [{"domainNames": ["example.com"]}]}
    documents = given_(admin(rule, key="egress"), egress())

    assert "possible" == ask(documents, f"{WEB} {OUTSIDE} TCP 80")
    assert "denied" == ask(documents, f"{WEB} {API} TCP 80")


ALLOW, REFUSE, PASS = {"action": "Allow"}, {"action": "Deny"}, {"action": "Pass"}
TO_METADATA = {"action": "Deny", "destination": {"nets": [f"{METADATA}/32"]}}
SEC = other("Tier", "sec", V3, spec={"order": 100})
CALICO = {
    "CAL-01": ([calico("a", order=20, ingress=[ALLOW]), calico("b", order=10, ingress=[REFUSE])], "denied"),
    "CAL-02": ([calico(ingress=[{**ALLOW, "source": {"selector": "app == 'none'"}}])], "denied"),
    "CAL-03": ([calico(ingress=[{"action": "Log"}])], "denied"),
    "CAL-04": ([calico(egress=[ALLOW])], "allowed"),
    "CAL-05": ([calico()], "denied"),
    "CAL-07": ([calico(order=500, ingress=[REFUSE]), ingress({})], "denied"),
    "CAL-08": ([calico(order=2000, ingress=[REFUSE]), ingress({})], "allowed"),
    "CAL-09": ([calico(order=10, ingress=[ALLOW]), ingress()], "allowed"),
    "CAL-10": ([calico(order=10, ingress=[PASS]), ingress()], "allowed"),
    "CAL-11": ([SEC, calico(tier="sec"), ingress({})], "denied"),
    "CAL-12": ([SEC, calico(tier="sec", ingress=[PASS]), ingress({})], "allowed"),
    "CAL-13": ([SEC | {"spec": {"order": 1, "defaultAction": "Pass"}}, calico(tier="sec")], "allowed"),
    "CAL-16": ([calico(ingress=[{**ALLOW, "source": {"notSelector": "app == 'api'"}}])], "denied"),
    "CAL-17": ([calico("shop/c", "NetworkPolicy", ingress=[{**ALLOW, "source": {"selector": "all()"}}])], "denied"),
    "CAL-18": ([calico(ingress=[{**ALLOW, "source": {"selector": "all()"}}])], "allowed"),
    "CAL-22": (
        [calico(ingress=[{**ALLOW, "protocol": "TCP", "destination": {"ports": ["1:99"], "notPorts": [80]}}])],
        "denied",
    ),
    "CAL-23": ([calico(ingress=[{**ALLOW, "notProtocol": "UDP"}])], "allowed"),
    "CAL-26": ([calico(ingress=[{**ALLOW, "source": {"serviceAccounts": {"names": ["default"]}}}])], "allowed"),
    "CAL-28": ([calico(kind="StagedGlobalNetworkPolicy", ingress=[REFUSE])], "allowed"),
    "CAL-32": ([calico(ingress=[{**ALLOW, "source": {"nets": ["10.0.1.0/24"]}}])], "allowed"),
    "CAL-34": ([calico(ingress=[{**ALLOW, "protocol": "ICMP"}])], "denied"),
    "CAL-35": ([calico(ingress=[{**ALLOW, "destination": {"selector": "app == 'db'"}}])], "denied"),
    "CAL-40 Deny": ([calico(ingress=[{**REFUSE, "protocol": "TCP", "source": {"ports": [1]}}, ALLOW])], "allowed"),
}


@pytest.mark.parametrize(("documents", "expected"), CALICO.values(), ids=CALICO)
def test_calicos_policies_mean_what_their_rows_say(documents: list[Json], expected: str) -> None:
    assert ask(given_(*documents), f"{API} {WEB} TCP 80", "calico") == expected


def test_calicos_policies_count_for_calico_alone() -> None:
    documents = given_(calico(ingress=[REFUSE]))

    assert {"calico"} == {engine for engine in ENGINES if ask(documents, f"{DB} {WEB} TCP 80", engine) == "denied"} - {
        "vpc-cni-strict"
    }


def test_a_lone_deny_for_the_metadata_closes_the_rest_until_something_later_allows() -> None:
    """CAL-20, CAL-21."""
    lone, followed = given_(calico(egress=[TO_METADATA])), given_(calico(order=10, egress=[TO_METADATA, ALLOW]))

    assert ["denied", "denied"] == [ask(lone, f"{WEB} {to} TCP 80", "calico") for to in (METADATA, OUTSIDE)]
    assert ["denied", "allowed"] == [ask(followed, f"{WEB} {to} TCP 80", "calico") for to in (METADATA, OUTSIDE)]


def test_a_negated_selector_is_still_of_endpoints_and_the_other_negation_is_of_the_world() -> None:
    """CAL-14, CAL-15, CAL-16."""
    sources = ({"selector": "all()"}, {}, {"notSelector": "app == 'api'"}, {"selector": "!app == 'api'"})
    clusters = [given_(calico(ingress=[{**ALLOW, "source": source}])) for source in sources]

    assert ["denied", "allowed", "allowed", "denied"] == [
        ask(each, f"{OUTSIDE} {WEB} TCP 80", "calico") for each in clusters
    ]


def test_a_node_reaches_its_pods_and_they_reach_it_by_their_policy() -> None:
    """CAL-33."""
    documents = given_(calico(types=["Ingress", "Egress"]))
    questions = (f"{NODE} {WEB} TCP 80", f"{WEB} {NODE} TCP 80")

    assert ["allowed", "denied"] == [ask(documents, each, "calico") for each in questions]


def test_a_service_as_destination_is_its_pods_on_their_own_ports() -> None:
    """CAL-37."""
    spec = {"selector": {"app": "db"}, "ports": [{"port": 80, "targetPort": 8080}]}
    rule = {**ALLOW, "destination": {"services": {"name": "db", "namespace": "shop"}}}
    documents = given_(other("Service", "shop/db", spec=spec), calico(egress=[rule]))

    assert ["allowed", "denied"] == [ask(documents, f"{WEB} {DB} TCP {port}", "calico") for port in (8080, 80)]


def test_a_network_set_is_matched_by_its_labels_and_a_global_one_from_a_namespace_only_by_global() -> None:
    """CAL-24, CAL-25."""
    nets = other("GlobalNetworkSet", "nets", V3, {"kind": "nets"}, spec={"nets": ["198.51.100.0/24"]})
    wanted = {"selector": "kind == 'nets'"}
    wide = given_(nets, calico(egress=[{**ALLOW, "destination": wanted}]))
    own = given_(nets, calico("shop/c", "NetworkPolicy", egress=[{**ALLOW, "destination": wanted}]))
    rule = {**ALLOW, "destination": {**wanted, "namespaceSelector": "global()"}}
    asked = given_(nets, calico("shop/c", "NetworkPolicy", egress=[rule]))

    assert ["allowed", "denied", "allowed"] == [
        ask(each, f"{WEB} {OUTSIDE} TCP 80", "calico") for each in (wide, own, asked)
    ]


EXPRESSIONS = {
    "a == 'x' || b == 'y' && c == 'z'": True,
    "(a == 'x' || b == 'y') && c == 'z'": False,
    "!has(c) && has(a)": True,
    "!(a == 'x')": False,
    "c != 'z' && c not in {'z'}": True,
    'a in {"w", "x"}': True,
    "a contains 'x' && long starts with 'be' && long ends with \"in\"": True,
    "!a == 'y'": True,
    "all() && !global()": True,
    "a = 'x'": None,
    "a == 'x' &&": None,
    "has(a": None,
    "": True,
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items())
def test_selectors_of_calico_are_read_by_their_grammar(text: str, expected: bool | None) -> None:
    """CAL-29 to CAL-31, CAL-36."""
    assert holds(text, Thing(Labels({"a": "x", "long": "begin"}))) is expected
