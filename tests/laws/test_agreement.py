"""What kpath derives, step by step, is what an independent simulator finds."""

from __future__ import annotations

import ast
from pathlib import Path

import oracle
from hypothesis import given, settings
from snapshots import Json, Pairs, loaded, written_out
from strategies import clusters

SHOWN = 5


@given(clusters())
@settings(max_examples=400)
def test_derived_pairs_equal_the_oracles(documents: list[Json]) -> None:
    """Of every rule, no pair is missing and none is invented."""
    derived = written_out(loaded(documents))

    assert differences(oracle.pairs(documents), derived) == {}


def differences(expected: Pairs, actual: Pairs) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """By rule, what is missing and what is too much. Nothing leads to itself."""
    found = {}
    for rule in sorted({*expected, *actual}):
        missing, invented = (
            expected.get(rule, set()) - actual.get(rule, set()),
            actual.get(rule, set()) - expected.get(rule, set()),
        )
        missing, invented = ({(tail, head) for tail, head in each if tail != head} for each in (missing, invented))
        if missing or invented:
            found[rule] = {"missing": sorted(missing)[:SHOWN], "invented": sorted(invented)[:SHOWN]}
    return found


def test_the_oracle_imports_nothing_of_kpath_but_refs() -> None:
    imported = set()
    for file in Path(oracle.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")

    assert {name for name in imported if name.split(".")[0] == "kpath"} <= {"kpath.refs"}


def test_the_oracle_reaches_what_steps_in_a_row_reach() -> None:
    pod = {
        "kind": "Pod", "metadata": {"namespace": "shop", "name": "web"}, "status": {"phase": "Running"},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "securityContext": {"privileged": True}}]},
    }  # fmt: skip
    other = {
        "kind": "Pod", "metadata": {"namespace": "ci", "name": "bot"}, "status": {"phase": "Running"},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "env": [
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}}]}]},
    }  # fmt: skip

    reached = oracle.reach([pod, other], "pod/shop/web")

    assert {"node/n1", "pod/ci/bot", "secret/ci/api"} <= reached
