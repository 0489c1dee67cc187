from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import admin_uis
from kpath.semantics.workload.admin_uis import without_login


@rule(
    verb="is served without a login, with the rights of",
    attack=("T1133",),
    difficulty=1, noise=2, gain=5,
    reads=admin_uis.READS,
    breaks=("M-LB-INTERNAL", "M-NP-DENY"),
)  # fmt: skip
def admin_ui_exposed(model: Model) -> Iterator[Step]:
    """Use a product that administers the cluster, and asks for no login.

    When:
        A container of the Kubernetes dashboard, of Argo CD, of Argo Workflows or of a notebook server is told on its
        command line to ask for none, and its pod holds a token for the API server.

    Trap:
        The image and the command line tell, not the port. Without a token there are no rights to use.
    """
    for each in without_login(model):
        yield Step(each.endpoint, each.account, each.because, each.assumes)
