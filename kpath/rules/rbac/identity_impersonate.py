from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import granted
from kpath.semantics.rbac.universe import accounts, groups, users


@rule(
    verb="acts as",
    attack=("T1078", "T1550"),
    difficulty=1, noise=2, gain=5,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-RBAC-NAMES"),
)  # fmt: skip
def identity_impersonate(model: Model) -> Iterator[Step]:
    """Act as another service account, user or group.

    When:
        `impersonate` on `serviceaccounts`, or cluster-wide on `users`; on `groups` together with some user
        or service account that may be impersonated.

    Trap:
        Groups alone are inert, and so are users and groups in a namespace.
    """
    personas: list[Grant] = []
    for resource, refs in (("serviceaccounts", accounts(model)), ("users", users(model))):
        for grant in grants(model, "impersonate", resource):
            personas.append(grant)
            yield Step(grant.subjects, granted(model, grant, refs), grant.because, grant.assumes)
    for grant in grants(model, "impersonate", "groups"):
        for persona in personas:
            both = grant.subjects & persona.subjects
            because = tuple(dict.fromkeys((*grant.because, *persona.because)))
            yield Step(both, granted(model, grant, groups(model)), because, (*grant.assumes, *persona.assumes))
