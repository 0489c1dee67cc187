"""Every row of the tables of the network, as kpath answers it."""

from __future__ import annotations

import pytest
from answers import faults, modelled, word
from msgspec.structs import replace
from net_tables import Case, cases, tables

CASES = [case for table in tables() for case in cases(table)]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_connection_is_what_its_row_says(case: Case) -> None:
    """The word of each connection, and the fields that are at fault if the row names some."""
    model = modelled(case.documents)
    answered = [
        replace(each, verdict=word(model, case.engine, (each.source, each.destination, each.protocol, each.port)))
        for each in case.expectations
    ]
    found = {f"{fault.of} {fault.at}" for fault in faults(model, case.engine)}

    assert [str(each) for each in case.expectations] == [str(each) for each in answered]
    assert not case.diagnostics or set(case.diagnostics) == found
