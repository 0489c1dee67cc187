from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import ARGO_CD, writers
from kpath.semantics.workload.gitops import argo_accounts

PERMITTED = Assumption("the project lets it be deployed, and nothing is impersonated", Confidence.MEDIUM)


@rule(
    verb="deploys through Argo CD as",
    attack=("T1072", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-GITOPS-SCOPE",),
)  # fmt: skip
def gitops_argocd(model: Model) -> Iterator[Step]:
    """Have Argo CD apply what one wants with its own rights.

    When:
        `create`, `update` or `patch` on Applications, ApplicationSets or AppProjects in a namespace where the
        application controller of Argo CD runs.

    Trap:
        All parts of Argo CD have one image; the command line or the container's name tells which it is. A project
        may limit what is deployed where, and that is not read yet.
    """
    for operator in ARGO_CD:
        for account, because in argo_accounts(model, operator.plural):
            for grant in writers(model, operator):
                if grant.namespace in (None, account.namespace):
                    yield Step(grant.subjects, account, (*grant.because, *because), (*grant.assumes, PERMITTED))
