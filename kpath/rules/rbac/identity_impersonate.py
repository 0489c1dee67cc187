from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import accounts, personas
from kpath.semantics.rbac.universe import groups, users


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
    able: list[Grant] = []
    for grant in grants(model, "impersonate", "serviceaccounts"):
        able.append(grant)
        yield Step(grant.subjects, accounts(model, grant), grant.because, grant.assumes)
    for grant in grants(model, "impersonate", "users"):
        able.append(grant)
        yield Step(grant.subjects, personas(model, grant, users(model)), grant.because, grant.assumes)
    for grant in grants(model, "impersonate", "groups"):
        targets = personas(model, grant, groups(model))
        for each in able:
            because = tuple(dict.fromkeys((*grant.because, *each.because)))
            yield Step(grant.subjects & each.subjects, targets, because, (*grant.assumes, *each.assumes))
