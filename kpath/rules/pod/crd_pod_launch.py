from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches, operators
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.objects import identities
from kpath.semantics.rbac.operators import LAUNCHERS, served, writers
from kpath.verdict import Denied


@rule(
    verb="has an operator create a pod that runs as, or escapes to,",
    attack=("T1610",),
    difficulty=2, noise=3, gain=5,
    reads=READS | launches.READS | operators.READS | {"providers", "pod_identities"},
    breaks=("M-CTRL-SCOPE", "M-PSA-BASELINE", "M-PSA-RESTRICTED", "M-RBAC-REMOVE"),
)  # fmt: skip
def crd_pod_launch(model: Model) -> Iterator[Step]:
    """Have an operator create a pod as one wants it.

    When:
        `create`, `update` or `patch` on a custom kind whose objects hold the specs of pods: workflows, pipelines,
        virtual machines, runners and the like. A pod with the operator's image, or the kind's definition, tells
        that it is served.

    Trap:
        The API group has to be right: a Service of Knative is not one of the core. The pod is created by the
        operator, so that what its author may not do is no limit; Pod Security is.
    """
    for operator in LAUNCHERS:
        verdict = served(model, operator)
        grants = () if isinstance(verdict, Denied) else tuple(writers(model, operator))
        for grant in grants:
            because, assumes = (*grant.because, *verdict.because), (*grant.assumes, *verdict.assumes)
            yield Step(grant.subjects, identities(model, grant), because, assumes)
        for subjects, why, doubts in launches.escapes(model, grants):
            because, assumes = (*why, *verdict.because), (*doubts, *verdict.assumes)
            yield Step(subjects, launches.escape_nodes(model), because, assumes)
