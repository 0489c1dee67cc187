"""No fact is cited that does not matter: overwrite any one of them, and that witness is gone."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from inert import values
from raw import Documents, edited
from snapshots import Json, cited, derived_arrows, loaded
from strategies import clusters

from kpath.evidence import Evidence, Fact
from kpath.graph.build import Arrow
from kpath.model.tables import Model
from kpath.refs import Ref

SAMPLE = 4


@given(clusters(), st.data())
def test_a_witness_falls_with_any_fact_it_cites(documents: list[Json], data: st.DataObject) -> None:
    """Overwritten with at least one inert value, the fact no longer supports what it did."""
    raw, model = Documents(documents), loaded(documents)
    facts = {each[:4]: each[4] for each in citations(model) if is_editable(raw, *each)}
    choices = sorted(facts)

    for _ in range(min(SAMPLE, len(choices))):
        chosen = data.draw(st.sampled_from(choices))
        rule, source, target, fields = chosen
        fact = facts[chosen]

        left = [value for value in values(fact) if stands(edited(documents, fact, value), rule, source, target, fields)]

        assert len(left) < len(list(values(fact))), (rule, source, target, fact)


Fields = tuple[tuple[str, str], ...]


def is_editable(raw: Documents, rule: str, source: str, target: str, said: tuple[Fields, str], fact: Fact) -> bool:
    """Whether there is a document to edit, and a value for it that grants nothing."""
    if fact.at.endswith("/nodeSelector") and source not in raw.by_ref:
        # A node whose labels are not known may fit any selector.
        return False
    if source == target:
        # What one holds already is no step.
        return False
    if rule == "EXPLOIT_HOST_TRAVERSE" and fact.at.endswith("/nodeName"):
        # A pod is on one node with itself, and with the pods of a DaemonSet, wherever it is.
        return any(of.startswith("pod/") and of != source for of, _ in said[0])
    return fact.of in raw.by_ref and raw.holds(fact) and bool(list(values(fact)))


def citations(model: Model) -> Iterator[tuple[str, str, str, tuple[Fields, str], Fact]]:
    """Each fact of each witness of each step, for one source and one target: rule, ends, what is cited, the fact."""
    for arrow in derived_arrows(model):
        source, target = (
            arrow.sources.names.ref(int(arrow.sources.ids[0])),
            arrow.targets.names.ref(int(arrow.targets.ids[0])),
        )
        for witness in arrow.witnesses:
            facts = cited(model, witness, source, target)
            for fact in facts:
                yield arrow.rule.id, str(source), str(target), (fields(facts, arrow), f"{fact.of} {fact.at}"), fact


def fields(facts: Evidence, arrow: Arrow) -> Fields:
    """What is cited, without the values: an overwritten field that still counts would be cited with its new one.

    What else has to be held makes it another step.
    """
    besides = (("also", str(arrow.sources.names.ref(number))) for number in arrow.also)
    return (*sorted((str(fact.of), fact.at) for fact in facts), *besides)


def stands(documents: list[Json], rule: str, source: str, target: str, said: tuple[Fields, str]) -> bool:
    """Whether a witness with the same citations still supports the step."""
    model = loaded(documents)
    return any(
        fields(cited(model, witness, Ref(source), Ref(target)), arrow) == said[0]
        for arrow in derived_arrows(model)
        if is_between(arrow, rule, source, target)
        for witness in arrow.witnesses
    )


def is_between(arrow: Arrow, rule: str, source: str, target: str) -> bool:
    return arrow.rule.id == rule and source in arrow.sources and target in arrow.targets
