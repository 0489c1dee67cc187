"""What a change costs: how long until it works, and who else loses something by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpath.evidence import SOURCE, TARGET, VIA
from kpath.graph.graph import Steps
from kpath.mitigations import IMMEDIATE, RECREATED, REPLACED, Fix
from kpath.model.sets import Ids
from kpath.refs import Ref

# A change that waits for pods or nodes is worth avoiding; one that ten others feel is as bad as one more change.
LAGS = {IMMEDIATE: 10, RECREATED: 20, REPLACED: 40}
_BOUND = (SOURCE, TARGET, VIA)


class Costs:
    """The cost of changes for those who hold some sources; each that it asks for is computed once."""

    def __init__(self, steps: Steps, sources: Sequence[Ref]) -> None:
        self._steps = steps
        numbers = [number for ref in sources if (number := steps.start(ref)) is not None]
        self._own = self._holders(np.array(sorted(numbers), np.int32))
        self._known: dict[Fix, frozenset[Ref]] = {}
        self._arrows: dict[tuple[Ref, str], list[int]] = {}
        for number, arrow in enumerate(steps.arrows):
            for fact in {fact for witness in arrow.witnesses for fact in witness.because}:
                if fact.of.partition("/")[0] not in _BOUND:
                    self._arrows.setdefault((fact.of, fact.at), []).append(number)

    def of(self, fix: Fix) -> int:
        """The cost of a change, in tenths of a change that works at once and that nobody else feels."""
        return LAGS[fix.lag] + len(self.others(fix))

    def others(self, fix: Fix) -> frozenset[Ref]:
        """The workloads and identities besides the sources that may lose a step by a change."""
        if fix not in self._known:
            self._known[fix] = self._others(fix)
        return self._known[fix]

    def _others(self, fix: Fix) -> frozenset[Ref]:
        if fix.fact.of.kind == "ns":
            model = self._steps.model
            there = model.pods.of(each for each in model.pods.classes if each.namespace == fix.fact.of.name)
            return self._holders(there.ids) - self._own
        ids = [self._steps.arrows[number].sources.ids for number in self._arrows.get((fix.fact.of, fix.fact.at), ())]
        return self._holders(np.unique(np.concatenate(ids))) - self._own if ids else frozenset()

    def _holders(self, ids: Ids) -> frozenset[Ref]:
        """Refs by their numbers, a workload in place of its pods."""
        model = self._steps.model
        rows = ids[ids < len(model.pods)]
        owners = model.pods.columns.owner[rows]
        alone = rows[owners < 0].tolist()
        owned = np.unique(owners[owners >= 0]).tolist()
        others = ids[ids >= len(model.pods)].tolist()
        return frozenset((*(model.pods.owners[each] for each in owned), *map(model.names.ref, (*alone, *others))))
