from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import controllers
from kpath.semantics.iam.controllers import fetched
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.external_secrets import users
from kpath.semantics.rbac.grants import READS
from kpath.semantics.workload import stores
from kpath.semantics.workload.controllers import running
from kpath.semantics.workload.stores import CONTROLLER


@rule(
    verb="has fetched by External Secrets",
    attack=("T1555.006",),
    difficulty=1, noise=2, gain=4,
    reads=READS | controllers.READS | launches.READS | stores.READS,
    breaks=("M-CTRL-SCOPE", "M-NS-SPLIT"),
)  # fmt: skip
def ctrl_external_secrets(model: Model) -> Iterator[Step]:
    """Have External Secrets fetch a secret from AWS, and read what it leaves.

    When:
        `create`, `update` or `patch` on ExternalSecrets, in a namespace whose Secrets one reads or may mount, and a
        store for Secrets Manager: one of the cluster that admits the namespace, one of the namespace, or one
        that one may make there, which uses the role of the controller.

    Trap:
        The store's role decides which secrets. What the Secrets Store CSI driver mounts comes with the role of
        the pod's own service account, and is not this step. The kinds of stores may not have been collected.
    """
    by = running(model, CONTROLLER)
    for store, found in users(model) if by else ():
        for each in fetched(model, store, by):
            for use in found:
                assumes = tuple(dict.fromkeys((*use.assumes, *each.assumes)))
                yield Step(use.subjects, each.targets, (*use.because, *each.because), assumes)
