"""How a snapshot is cut into files, and in what order, is of no matter."""

from __future__ import annotations

import json

import yaml
from hypothesis import given
from hypothesis import strategies as st
from snapshots import Json, derived_arrows, folder, loaded, written_out
from strategies import clusters

from kpath.graph.build import Arrow, Witness
from kpath.model.kinds import KINDS
from kpath.model.load import load
from kpath.model.tables import Model
from kpath.refs import Ref


@given(clusters(), st.data())
def test_order_files_and_formats_change_nothing(documents: list[Json], data: st.DataObject) -> None:
    with folder(lists(documents) | files_of_one(documents)) as path:
        expected = load([path])

    shuffled = data.draw(st.permutations(documents))
    with folder(lists(documents) | files(shuffled, data)) as path:
        actual = load([path])

    assert written_out(actual) == written_out(expected)
    assert witnesses(actual) == witnesses(expected)
    assert actual.digest == expected.digest


@given(clusters())
def test_a_second_run_finds_the_same_in_the_same_order(documents: list[Json]) -> None:
    first, second = ([said(arrow) for arrow in derived_arrows(loaded(documents))] for _ in range(2))

    assert first == second


def lists(documents: list[Json]) -> dict[str, str]:
    """A list of nothing for each kind, since to be in a list or alone does say something: that there are no others."""
    plurals = {KINDS[each["kind"]].plural for each in documents if "kind" in each}
    return {f"{plural}.json": json.dumps({"kind": "List", "apiVersion": "v1", "items": []}) for plural in plurals}


def files_of_one(documents: list[Json]) -> dict[str, str]:
    return {f"{number:03}.json": json.dumps(each, ensure_ascii=False) for number, each in enumerate(documents)}


def files(documents: list[Json], data: st.DataObject) -> dict[str, str]:
    """The documents in files of several formats, several in one where that is possible."""
    found: dict[str, str] = {}
    waiting = list(documents)
    while waiting:
        number = len(found)
        size = data.draw(st.integers(1, 4))
        group, waiting = waiting[:size], waiting[size:]
        objects = [each for each in group if "kind" in each]
        for index, answer in enumerate(each for each in group if "kind" not in each):
            indent = data.draw(st.sampled_from((None, 2)))
            found[f"{number}-{index}.json"] = json.dumps(answer, indent=indent, ensure_ascii=False)
        if objects:
            form = data.draw(st.sampled_from(("list", "yaml", "pretty", "escaped")))
            if form == "yaml":
                found[f"{number}.yaml"] = yaml.safe_dump_all(objects, allow_unicode=True, sort_keys=False)
            elif form == "list":
                found[f"{number}.json"] = json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}, indent=4)
            else:
                for index, each in enumerate(objects):
                    found[f"{number}-{index}-object.json"] = json.dumps(each, indent=1 if form == "pretty" else None)
    return found


def said(arrow: Arrow) -> tuple[str, tuple[Ref, ...], tuple[Ref, ...], list[object]]:
    """An arrow without the numbers that refs happen to have."""
    return arrow.rule.id, tuple(arrow.sources), tuple(arrow.targets), [plain(each) for each in arrow.witnesses]


def plain(witness: Witness) -> object:
    return witness.because, witness.assumes, tuple(sorted(witness.by or ()))


def witnesses(model: Model) -> set[object]:
    """Every witness of every step, whatever numbers refs have."""
    return {
        (arrow.rule.id, tuple(sorted(arrow.sources)), tuple(sorted(arrow.targets)), plain(each))
        for arrow in derived_arrows(model)
        for each in arrow.witnesses
    }
