from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.workload.places import legacy_tokens, owner_fact


@rule(
    verb="lists the Secrets with the token of",
    attack=("T1552.007", "T1528"),
    difficulty=1, noise=2, gain=4,
    reads=READS | {"secrets"},
    breaks=("M-RBAC-REMOVE", "M-RBAC-NSBIND", "M-SA-LEGACYTOKEN"),
)  # fmt: skip
def token_list(model: Model) -> Iterator[Step]:
    """List Secrets and collect the tokens of service accounts.

    When:
        `list` or `watch` on `secrets`, and a Secret that holds the service account's token.

    Trap:
        Since 1.24 a service account has no such Secret unless somebody makes one.
    """
    for verb in ("list", "watch"):
        for grant in grants(model, verb, "secrets"):
            for secret, account in legacy_tokens(model).items():
                if grant.includes(secret):
                    yield Step(grant.subjects, account, (*grant.because, owner_fact(model, secret)), grant.assumes)
