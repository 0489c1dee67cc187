from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.workload.places import legacy_tokens, owner_fact


@rule(
    verb="gets the Secret with the token of",
    attack=("T1552.007", "T1528"),
    difficulty=2, noise=3, gain=4,
    reads=READS | {"secrets"},
    breaks=("M-RBAC-REMOVE", "M-RBAC-NAMES", "M-SA-LEGACYTOKEN"),
)  # fmt: skip
def token_bruteforce(model: Model) -> Iterator[Step]:
    """Get a Secret by its name for the token in it.

    When:
        `get` on `secrets`, names included, and a Secret that holds the service account's token.

    Trap:
        The name has to be known; manifests and pods that use it tell it.
    """
    for verb in ("get",):
        for grant in grants(model, verb, "secrets"):
            for secret, account in legacy_tokens(model).items():
                if grant.includes(secret):
                    yield Step(grant.subjects, account, (*grant.because, owner_fact(model, secret)), grant.assumes)
