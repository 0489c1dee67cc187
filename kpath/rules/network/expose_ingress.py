from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.exposure import READS, by_ingress


@rule(
    verb="reaches, through an Ingress,",
    attack=("T1133", "T1190"),
    difficulty=1, noise=1, gain=2,
    reads=READS,
    breaks=("M-LB-INTERNAL",),
)  # fmt: skip
def expose_ingress(model: Model) -> Iterator[Step]:
    """Reach the pods behind an Ingress.

    When:
        A rule or the default backend names a Service that selects pods. An ALB has to be internet-facing and to
        admit 0.0.0.0/0, else it is reached from the VPC; of other controllers it is assumed that their own front
        is open.

    Trap:
        An ALB is internal unless its scheme says otherwise. The class may come from an annotation, from
        `ingressClassName`, or from the default class; without any it may be that nobody takes the Ingress up. The
        controller's own pods are reached as well, by their Service. Only the paths and hosts of the rules lead in.
    """
    for each in by_ingress(model):
        yield Step(each.source, each.endpoints, each.because, each.assumes)
