from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import accounts
from kpath.semantics.rbac.operators import FLUX, FLUX_SOURCES, writers
from kpath.semantics.workload.gitops import flux_controllers

USED = Assumption("a Kustomization or HelmRelease uses the source", Confidence.MEDIUM)


@rule(
    verb="deploys through Flux as",
    attack=("T1072",),
    difficulty=2, noise=3, gain=5,
    reads=READS,
    breaks=("M-GITOPS-SCOPE",),
)  # fmt: skip
def gitops_flux(model: Model) -> Iterator[Step]:
    """Have Flux apply what one wants with its own rights.

    When:
        `create`, `update` or `patch` on Kustomizations while the kustomize controller runs, or on HelmReleases
        while the helm controller does; or on the sources that such objects take what they apply from.

    Trap:
        With a default service account the controller acts as accounts of the object's namespace alone, but as
        any that the object names. Repositories of charts are of no use to Kustomizations.
    """
    for operator in (*FLUX, *FLUX_SOURCES):
        doubts = (USED,) if operator in FLUX_SOURCES else ()
        for each in flux_controllers(model, *operator.images):
            for grant in writers(model, operator):
                target = accounts(model, grant) if each.is_impersonating else each.account
                yield Step(grant.subjects, target, (*grant.because, *each.because), (*grant.assumes, *doubts))
