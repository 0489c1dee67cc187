from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload import kubelets, residents


@rule(
    verb="lets anybody run commands in",
    attack=("T1133", "T1609"),
    difficulty=1, noise=2, gain=5,
    reads=kubelets.READS | residents.READS,
    breaks=("M-NP-DENY",),
)  # fmt: skip
def kubelet_anon(model: Model) -> Iterator[Step]:
    """Run commands in pods through a kubelet that asks nobody who they are.

    When:
        The kubelets' configuration lets anonymous requests in and authorizes all; not on EKS.

    Trap:
        Anonymous requests gain nothing where the kubelet asks the API server, unless that lets them.
    """
    for verdict in kubelets.open_to_all(model):
        for each in residents.residents(model):
            because = (*verdict.because, *each.because)
            yield Step(Ref(f"kubelet/{each.node.name}"), each.pods, because, (*verdict.assumes, *each.assumes))
