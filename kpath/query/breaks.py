"""Which changes break a step, and with it its path."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Fact
from kpath.graph.build import Arrow, Witness
from kpath.mitigations import Fix, fixes
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.snapshot.patch import Patch


def breaking(model: Model, arrow: Arrow, source: Ref, target: Ref) -> Iterator[Fix]:
    """The changes that refute every witness of a step between two refs."""
    witnesses = [_facts(model, each, source, target) for each in arrow.witnesses]
    for fix in fixes(model, witnesses[0]):
        if all(any(_is_refuted(fact, fix.patch) for fact in facts) for facts in witnesses):
            yield fix


def _facts(model: Model, witness: Witness, source: Ref, target: Ref) -> list[Fact]:
    return [*model.cited(witness.because, witness.by, source, target)]


def _is_refuted(fact: Fact, patch: Patch) -> bool:
    """Whether a patch changes the field that a fact is about, or what holds it."""
    return any(
        each.of == fact.of and (fact.at == each.path or fact.at.startswith(each.path + "/"))
        for each in patch.operations
    )
