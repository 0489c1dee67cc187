from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import container_of
from kpath.rules import Step, rule
from kpath.semantics.workload import siblings


@rule(
    verb="reaches its sibling",
    attack=("T1080",),
    difficulty=1, noise=1, gain=2,
    reads={"pods"},
    breaks=("M-CTX-NONROOT",),
)  # fmt: skip
def share_ps_namespace(model: Model) -> Iterator[Step]:
    """Reach another container of the pod through the processes that they share.

    When:
        `shareProcessNamespace`, or an ephemeral container that targets another; and the same `runAsUser`, root with
        SETUID, or SYS_PTRACE. Two users of which one is the image's may be the same.

    Trap:
        It holds both ways only where users and capabilities allow: who has fewer capabilities reads no root
        that has more, and a root without SETUID no other user. An ephemeral container sees its target, not the
        reverse.
    """
    for each, seen in siblings.sharing(model):
        for sight in seen:
            for verdict in siblings.reached(each.spec, sight):
                for pod in model.pods.of([each]):
                    one, other = (container_of(pod, side.container.name) for side in (sight.seer, sight.seen))
                    yield Step(one, other, verdict.because, verdict.assumes)
