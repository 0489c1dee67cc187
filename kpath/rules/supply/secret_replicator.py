from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import SECRETS
from kpath.semantics.rbac.readback import made_and_read
from kpath.semantics.workload import replicators
from kpath.semantics.workload.controllers import cited, running
from kpath.semantics.workload.replicators import REPLICATORS, offered


@rule(
    verb="has a replicator copy",
    attack=("T1552.007",),
    difficulty=2, noise=2, gain=4,
    reads=READS | launches.READS | replicators.READS,
    breaks=("M-CTRL-SCOPE",),
)  # fmt: skip
def secret_replicator(model: Model) -> Iterator[Step]:
    """Have a Secret of another namespace copied into one's own.

    When:
        `create`, `update` or `patch` on Secrets in a namespace whose Secrets one reads or may mount, while
        kubernetes-replicator or reflector runs, and the Secret says by an annotation that it may be copied.

    Trap:
        The source decides: without its annotation, or for a namespace that its list leaves out, nothing is copied.
    """
    for by in REPLICATORS:
        for found in running(model, by.image)[:1]:
            for joint in made_and_read(model, SECRETS):
                because = (*joint.because, *cited(model, found), by.permission)
                yield Step(joint.subjects, offered(model, by, joint.namespace), because, joint.assumes)
