"""The tables of the network are whole: no row of the specification is without an entry, no entry is about nothing."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address

import pytest
from net_tables import Case, cases, tables

ROWS = [
    *(f"NP-{number:02}" for number in range(1, 62)),
    *(f"CNP-{number:02}" for number in range(1, 18)),
    *(f"ANP-{number:02}" for number in range(1, 4)),
    *(f"CAL-{number:02}" for number in range(1, 42)),
    *(f"SVC-{number:02}" for number in range(1, 8)),
    *(f"HEP-{number:02}" for number in range(1, 12)),
]
CASES = [case for table in tables() for case in cases(table)]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_specification_has_an_entry(row: str) -> None:
    """A row that nothing asks for is a sentence, not a test."""
    assert [case for case in CASES if case.id == row]


def test_no_two_cases_have_one_name() -> None:
    """A failure names one entry."""
    assert [] == [name for name, times in Counter(case.name for case in CASES).items() if times > 1]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_asks_about_what_is_in_it(case: Case) -> None:
    """Each peer is an address or a pod of the case, each fault is in an object of it, each connection is asked once."""
    pods = {_name(each) for each in case.documents if each["kind"] == "Pod"}
    objects = {_name(each) for each in case.documents if each["kind"] != "Pod"}
    connections = [(each.source, each.destination, each.protocol, each.port) for each in case.expectations]

    assert [] == [peer for peer, *_ in connections if peer not in pods and not _is_address(peer)]
    assert [] == [peer for _, peer, *_ in connections if peer not in pods and not _is_address(peer)]
    assert [] == [each for each in case.diagnostics if each.split(" ")[0].partition("/")[2] not in objects]
    assert len(connections) == len(set(connections)) > 0


def _name(document: dict[str, dict[str, str]]) -> str:
    meta = document["metadata"]
    return f"{meta['namespace']}/{meta['name']}" if "namespace" in meta else meta["name"]


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
