from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import container_of
from kpath.rules import Step, rule
from kpath.semantics.workload import siblings
from kpath.semantics.workload.vantages import vantages


@rule(
    verb="has the container",
    attack=("T1609",),
    difficulty=1, noise=1, gain=1,
    reads={"pods"},
)  # fmt: skip
def container_attach(model: Model) -> Iterator[Step]:
    """Have the containers of a pod that one controls.

    When:
        Some container of the pod sees the processes of another, so that it matters in which one is.

    Trap:
        Everywhere else a pod stands for its containers. POD_PATCH gives the container that is patched,
        POD_PORTFORWARD none.
    """
    for each, seen in siblings.sharing(model):
        for concerned in dict.fromkeys(sight.because for sight in seen):
            for vantage in vantages(each.spec):
                because = (*siblings.naming(vantage), *concerned)
                for pod in model.pods.of([each]):
                    yield Step(pod, container_of(pod, vantage.container.name), because)
