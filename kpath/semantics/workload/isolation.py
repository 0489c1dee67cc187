from __future__ import annotations

from kpath.evidence import Assumption
from kpath.model.sets import Refs
from kpath.model.tables import Model

READS = frozenset({"pods", "network_policies"})


def receivers(model: Model, endpoints: Refs) -> list[tuple[Refs, tuple[Assumption, ...]]]:
    return [(endpoints, ())]
