from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.controllers import running
from kpath.semantics.workload.ingress_nginx import CONTROLLER, takes_over_by_admission

REACHED = Assumption("no network policy keeps the pod from the controller's admission port", Confidence.MEDIUM)


@rule(
    verb="takes over, through its admission port,",
    attack=("T1190", "T1068"),
    difficulty=2, noise=3, gain=5,
    reads={"pods", "network_policies"},
    breaks=("M-PATCH", "M-NP-DENY"),
)  # fmt: skip
def ingress_nginx_admission_rce(model: Model) -> Iterator[Step]:
    """Run code in an ingress controller that asks nobody who sends it something to admit.

    When:
        ingress-nginx runs in a version before 1.11.5, or in 1.12.0, with its validating webhook on. Every pod that
        reaches the port will do.

    Trap:
        It takes the pod network and no credentials at all. A digest without a tag tells no version.
    """
    everyone = model.pods.of(model.pods.classes)
    doubts = (REACHED,) if model.network_policies else ()
    for each in running(model, CONTROLLER):
        flag = takes_over_by_admission(each)
        if flag:
            because = tuple(replace(fact, of=TARGET) for fact in (*each.because, *flag))
            yield Step(everyone, model.pods.of([each.pods]), because, doubts)
