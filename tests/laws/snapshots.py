"""Documents → files → model → pairs, as the laws need them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kpath.evidence import Evidence
from kpath.graph.build import Arrow, Witness, arrows
from kpath.graph.derive import derived
from kpath.model.load import load
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rules

Json = dict[str, Any]
Pairs = dict[str, set[tuple[str, str]]]


@contextmanager
def folder(files: dict[str, str]) -> Iterator[str]:
    """A folder with these files for as long as it is needed."""
    with tempfile.TemporaryDirectory() as path:
        for name, text in files.items():
            (Path(path) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(path) / name).write_text(text, encoding="utf-8")
        yield path


def loaded(documents: Iterable[Json]) -> Model:
    """The model of a snapshot with a file for each document."""
    files = {f"{number:03}.json": json.dumps(each, ensure_ascii=False) for number, each in enumerate(documents)}
    with folder(files) as path:
        return load([path])


def derived_arrows(model: Model) -> tuple[Arrow, ...]:
    return arrows(derived(model, rules().values()), model.names)


def cited(model: Model, witness: Witness, source: Ref, target: Ref) -> Evidence:
    """The facts of a witness, bound to one source and one target."""
    return model.cited(witness.because, witness.by, source, target)


def besides(model: Model, arrow: Arrow) -> frozenset[Ref]:
    """What a step needs besides its source."""
    return frozenset(model.names.ref(number) for number in arrow.also)


def refs(found: Ref | Refs) -> Iterable[Ref]:
    return [found] if isinstance(found, Ref) else found


def written_out(model: Model) -> Pairs:
    """Every source of every step with each of its targets, by rule."""
    found: Pairs = {}
    for rule, step in derived(model, rules().values()):
        found.setdefault(rule.id, set()).update(products(step))
    return {rule: pairs for rule, pairs in found.items() if pairs}


def products(step: Step) -> Iterator[tuple[str, str]]:
    targets = [str(target) for target in refs(step.targets)]
    for source in refs(step.sources):
        # What is needed besides is part of where the step starts.
        start = " & ".join((source, *step.also))
        yield from ((start, target) for target in targets)
