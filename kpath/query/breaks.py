"""Which changes break a step, and with it its path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpath.evidence import Fact
from kpath.graph.build import Arrow
from kpath.mitigations import Fix, fixes
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.snapshot.patch import Patch


def breaking(model: Model, arrows: Sequence[Arrow], source: Ref, target: Ref) -> Iterator[Fix]:
    """The changes that refute every witness of a step between two refs, whichever sets it is drawn between."""
    witnesses = [model.cited(each.because, each.by, source, target) for arrow in arrows for each in arrow.witnesses]
    able = {each for arrow in arrows for each in arrow.rule.breaks}
    for fix in fixes(model, dict.fromkeys(fact for facts in witnesses[:1] for fact in facts)):
        if fix.mitigation in able and all(any(_is_refuted(fact, fix.patch) for fact in facts) for facts in witnesses):
            yield fix


def _is_refuted(fact: Fact, patch: Patch) -> bool:
    """Whether a patch changes the field that a fact is about, what holds it, or a part of it."""
    return any(
        each.of == fact.of and (_holds(each.path, fact.at) or _holds(fact.at, each.path)) for each in patch.operations
    )


def _holds(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(outer + "/")
