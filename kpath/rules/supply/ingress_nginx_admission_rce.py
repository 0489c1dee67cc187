from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import TARGET, VIA, moved
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.netpol.flows import reaching
from kpath.semantics.netpol.network import READS
from kpath.semantics.workload.ingress_nginx import admission, admission_port, controllers
from kpath.verdict import Denied


@rule(
    verb="takes over, through its admission port,",
    attack=("T1190", "T1068"),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-PATCH", "M-NP-DENY"),
)  # fmt: skip
def ingress_nginx_admission_rce(model: Model) -> Iterator[Step]:
    """Run code in an ingress controller that asks nobody who sends it something to admit.

    When:
        ingress-nginx runs in a version before 1.11.5, or in 1.12.0, with its validating webhook on. Every pod that
        reaches the port will do: the network policies of both let the connection through.

    Trap:
        It takes the pod network and no credentials at all. A digest without a tag tells no version, nor
        does that of an image which only runs the same program.
    """
    for each in controllers(model):
        verdict = admission(each)
        if not isinstance(verdict, Denied):
            because = tuple(replace(fact, of=TARGET) for fact in dict.fromkeys((*each.because, *verdict.because)))
            for flow in reaching(model, model.pods.of([each.pods]), "TCP", admission_port(each)):
                facts = (*because, *moved(flow.because, VIA, TARGET))
                yield Step(flow.sources, flow.targets, facts, (*verdict.assumes, *flow.assumes))
