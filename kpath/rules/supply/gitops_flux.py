from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import accounts
from kpath.semantics.rbac.operators import FLUX, writers
from kpath.semantics.workload.gitops import flux_controllers


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
        while the helm controller does.

    Trap:
        With a default service account the controller acts as accounts of the object's namespace alone, but as
        any that the object names.
    """
    for operator in FLUX:
        for each in flux_controllers(model, *operator.images):
            for grant in writers(model, operator):
                target = accounts(model, grant) if each.is_impersonating else each.account
                yield Step(grant.subjects, target, (*grant.because, *each.because), grant.assumes)
