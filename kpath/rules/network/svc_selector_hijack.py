from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches, traffic
from kpath.semantics.rbac.grants import READS, grants


@rule(
    verb="becomes a backend and reads",
    attack=("T1557",),
    difficulty=2, noise=3, gain=3,
    reads=READS | traffic.READS | launches.READS,
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def svc_selector_hijack(model: Model) -> Iterator[Step]:
    """Become a backend of a Service, and be sent what its clients send.

    When:
        `update` or `patch` on a Service that selects pods; or, in its namespace, on pods or their status, or the
        right to make pods, whose labels are one's own to choose.

    Trap:
        A new pod has to be ready. Names of pods or controllers say nothing of the Services. One without a selector
        has its endpoints written by hand.
    """
    for verb in ("update", "patch"):
        for grant in grants(model, verb, "services"):
            targets = traffic.of(model, traffic.selecting(model), grant)
            yield Step(grant.subjects, targets, grant.because, grant.assumes)
        for grant in chain(grants(model, verb, "pods"), grants(model, verb, "pods/status")):
            yield Step(grant.subjects, traffic.beside(model, grant), grant.because, grant.assumes)
    for grant in chain(launches.direct(model), launches.through_controllers(model)):
        targets = traffic.in_scope(model, traffic.selecting(model), grant)
        yield Step(grant.subjects, targets, grant.because, grant.assumes)
