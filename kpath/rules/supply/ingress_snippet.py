from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import INGRESSES, writers
from kpath.semantics.workload.controllers import account_of
from kpath.semantics.workload.ingress_nginx import controllers, snippets
from kpath.verdict import Denied


@rule(
    verb="writes configuration into the ingress controller and becomes",
    attack=("T1190", "T1068"),
    difficulty=2, noise=3, gain=5,
    reads=READS | {"config_maps", "coverage"},
    breaks=("M-PATCH", "M-GK"),
)  # fmt: skip
def ingress_snippet(model: Model) -> Iterator[Step]:
    """Have the ingress controller run configuration from an annotation, and take its identity.

    When:
        `create`, `update` or `patch` on Ingresses while ingress-nginx runs and allows snippets: the ConfigMap
        that it is told to read, or one in its namespace, says so, or it is older than 1.9.0 and none says otherwise.

    Trap:
        Since 1.9.0 snippets are off unless the ConfigMap allows them, and since 1.12.0 unless it takes critical
        risks too. One namespace's Ingresses are enough.
    """
    for each in controllers(model):
        verdict = snippets(model, each)
        for grant in () if isinstance(verdict, Denied) else writers(model, INGRESSES):
            because = (*grant.because, *account_of(model, each, *verdict.because))
            yield Step(grant.subjects, each.account, because, (*grant.assumes, *verdict.assumes))
