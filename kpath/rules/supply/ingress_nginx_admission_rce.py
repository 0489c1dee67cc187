from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.ingress_nginx import admission, controllers
from kpath.verdict import Denied

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
        It takes the pod network and no credentials at all. A digest without a tag tells no version, nor
        does that of an image which only runs the same program.
    """
    everyone = model.pods.of(model.pods.classes)
    doubts = (REACHED,) if model.network_policies else ()
    for each in controllers(model):
        verdict = admission(each)
        if not isinstance(verdict, Denied):
            because = tuple(replace(fact, of=TARGET) for fact in dict.fromkeys((*each.because, *verdict.because)))
            yield Step(everyone, model.pods.of([each.pods]), because, (*verdict.assumes, *doubts))
