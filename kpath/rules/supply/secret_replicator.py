from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches, replicators
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import SECRETS
from kpath.semantics.rbac.readback import made_and_read
from kpath.semantics.rbac.replicators import REPLICATORS, offers
from kpath.semantics.workload.controllers import running


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
        With `-allow-all`, kubernetes-replicator asks no Secret.

    Trap:
        The source decides: without its annotation, or for a namespace that its list leaves out, nothing is copied.
        Without a list reflector copies everywhere, kubernetes-replicator nowhere.
    """
    for by in (each for each in REPLICATORS if running(model, each.image)):
        for joint in made_and_read(model, SECRETS):
            for offer in offers(model, by, joint.namespace):
                assumes = (*joint.assumes, *offer.assumes)
                yield Step(joint.subjects, offer.secrets, (*joint.because, *offer.because), assumes)
