from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import known_secrets
from kpath.semantics.rbac.operators import ARGO_CD, writers
from kpath.semantics.workload.gitops import argo_logins, argo_watches

PERMITTED = Assumption("the project lets it be deployed, and nothing is impersonated", Confidence.MEDIUM)
SOURCED = Assumption("a project takes Applications of that namespace, and lets it be deployed", Confidence.MEDIUM)


@rule(
    verb="deploys through Argo CD as",
    attack=("T1072", "T1610"),
    difficulty=2, noise=3, gain=5,
    reads=READS | {"secrets"},
    breaks=("M-GITOPS-SCOPE",),
)  # fmt: skip
def gitops_argocd(model: Model) -> Iterator[Step]:
    """Have Argo CD apply what one wants with its own rights.

    When:
        `create`, `update` or `patch` on Applications, ApplicationSets or AppProjects in a namespace where the
        application controller of Argo CD runs, or of Applications and ApplicationSets in one that it is told to watch
        as well. Whoever has the initial password, or the key that signs sessions, deploys too.

    Trap:
        All parts of Argo CD have one image; the command line or the container's name tells which it is. A project
        may limit what is deployed where, and that is not read yet.
    """
    for operator in ARGO_CD:
        for watch in argo_watches(model, operator.plural):
            doubt = PERMITTED if watch.namespaces is None else SOURCED
            for grant in writers(model, operator):
                if watch.covers(grant.namespace):
                    yield Step(grant.subjects, watch.account, (*grant.because, *watch.because), (*grant.assumes, doubt))
    for secret, watch, doubt in argo_logins(model, known_secrets(model)):
        yield Step(secret, watch.account, watch.because, (doubt,))
