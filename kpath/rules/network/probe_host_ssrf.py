from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import before


@rule(
    verb="has the kubelet connect to",
    attack=("T1090",),
    difficulty=3, noise=1, gain=2,
    reads=READS | launches.READS,
    breaks=("M-PSA-BASELINE",),
)  # fmt: skip
def probe_host_ssrf(model: Model) -> Iterator[Step]:
    """Have the kubelet fetch from its node's loopback, by the `host` of a probe or a lifecycle hook.

    When:
        The right to make pods, directly or through a controller. From 1.34 on, a namespace that is not `baseline` or
        `restricted`; an older server refuses it at no level.

    Trap:
        It is blind and only gets: it obtains no token of the metadata service, and leads to no credentials. Network
        policies do not hold the kubelet.
    """
    makers = tuple(chain(launches.direct(model), launches.through_controllers(model)))
    older = before(model, 34, "no Pod Security level forbids the host of a probe")
    if older != ():
        for subjects, because, assumes in launches.escapes(model, makers):
            yield Step(subjects, launches.loopbacks(model), because, assumes)
    if older is not None:
        for grant in makers:
            yield Step(grant.subjects, launches.loopbacks(model), grant.because, (*grant.assumes, *older))
