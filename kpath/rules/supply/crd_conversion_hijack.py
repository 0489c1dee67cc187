from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants


@rule(
    verb="has its own webhook convert",
    attack=("T1557", "T1546"),
    difficulty=4, noise=3, gain=4,
    reads=READS | {"custom_definitions"},
    breaks=("M-RBAC-REMOVE",),
)  # fmt: skip
def crd_conversion_hijack(model: Model) -> Iterator[Step]:
    """Have objects of a custom kind pass through a conversion webhook of one's own.

    When:
        `update` or `patch` on the CustomResourceDefinition, cluster-wide; resource names are effective.

    Trap:
        Built-in kinds have no conversion webhook, and to create definitions says nothing about those that are there.
        The webhook sees objects, never the tokens of those who send them.
    """
    for verb in ("update", "patch"):
        for grant in grants(model, verb, "customresourcedefinitions", "apiextensions.k8s.io"):
            definitions = model.names.refs(filter(grant.includes, model.custom_definitions))
            yield Step(grant.subjects, definitions, grant.because, grant.assumes)
