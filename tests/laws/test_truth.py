"""Every fact that kpath cites is in the document it names."""

from __future__ import annotations

from hypothesis import given, settings
from raw import Documents
from snapshots import Json, cited, derived_arrows, loaded
from strategies import clusters

from kpath.evidence import Fact
from kpath.model.sets import Refs
from kpath.refs import Ref

SHOWN = 5


@given(clusters())
@settings(max_examples=150)
def test_every_cited_fact_holds_in_the_raw_document(documents: list[Json]) -> None:
    raw, model = Documents(documents), loaded(documents)

    wrong: set[tuple[str, Fact]] = set()
    for arrow in derived_arrows(model):
        for source in ends(arrow.sources):
            for target in ends(arrow.targets):
                for witness in arrow.witnesses:
                    for fact in cited(model, witness, source, target):
                        if not raw.is_synthetic(fact) and not (fact.of in raw.by_ref and raw.holds(fact)):
                            wrong.add((arrow.rule.id, fact))

    assert sorted(wrong)[:SHOWN] == []


@given(clusters())
def test_no_step_is_without_evidence(documents: list[Json]) -> None:
    """Assumptions are no evidence: something in the snapshot gave rise to them."""
    arrows = derived_arrows(loaded(documents))

    assert {arrow.rule.id for arrow in arrows for each in arrow.witnesses if not each.because} == set()


def ends(refs: Refs) -> list[Ref]:
    """The first and the last of a set, for all of them have the same facts."""
    return [refs.names.ref(int(number)) for number in {refs.ids[0], refs.ids[-1]}]
