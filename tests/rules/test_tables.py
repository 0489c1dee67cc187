"""Every rule against its table of cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from rule_tables import Case, cases, names

from kpath.graph.derive import derived
from kpath.model.load import load
from kpath.refs import Ref
from kpath.rules import Step, rules

CASES = [case for name in names() for case in cases(name)]

# They may do everything in every cluster, so only a case that asks for them speaks of them.
ADMINISTRATORS = ("group/system:masters", "cluster-admin")


def test_every_rule_has_a_table_and_every_table_a_rule() -> None:
    """A rule that nothing proves is not shipped."""
    expected = sorted(rules())

    assert expected == names()


@pytest.mark.parametrize("rule", names())
def test_a_table_starts_from_a_step_and_breaks_it(rule: str) -> None:
    """The first row is what is given and has a step; some row has none; no two rows have one name."""
    rows = list(cases(rule))

    assert rows[0].when == "as given"
    assert rows[0].expected
    assert any(not row.expected for row in rows)
    assert len(rows) == len({row.when for row in rows})


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_rule_derives_what_its_table_says(case: Case, tmp_path: Path) -> None:
    """Exactly these pairs, each for a reason."""
    steps = [step for _, step in derived(load([case.written(tmp_path)]), [rules()[case.rule]])]

    assert case.expected == pairs(steps, administrators=case.administrators)
    assert [] == [step for step in steps if not step.because and _refs(step.sources) and _refs(step.targets)]


def pairs(steps: list[Step], *, administrators: bool) -> list[str]:
    """The steps written out, as sure as their best witness; what one holds already is no step."""
    found: dict[str, bool] = {}
    for step in steps:
        for source in _refs(step.sources):
            for target in _refs(step.targets):
                if source != target and (administrators or source not in ADMINISTRATORS):
                    pair = " & ".join((source, *step.also)) + f" -> {target}"
                    found[pair] = found.get(pair, False) or not step.assumes
    return sorted(pair if sure else f"{pair} ?" for pair, sure in found.items())


def _refs(refs: object) -> list[Ref]:
    return [refs] if isinstance(refs, Ref) else list(refs)  # type: ignore[call-overload]
