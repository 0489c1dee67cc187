from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload.colocated import token_ref
from kpath.semantics.workload.places import TOKEN_READS, holdings, legacy_tokens, owner_fact


@rule(
    verb="holds",
    attack=("T1552.001", "T1528"),
    difficulty=1, noise=1, gain=3,
    reads=TOKEN_READS,
    breaks=("M-SA-AUTOMOUNT", "M-SA-LEGACYTOKEN"),
)  # fmt: skip
def token_steal(model: Model) -> Iterator[Step]:
    """Use a token found in a volume or a Secret.

    When:
        A projected token for an audience outside of the cluster, such as STS; or a Secret that holds a
        service account's token.

    Trap:
        Such a token leads to its audience, never to the API server. A token in a Secret does not expire.
    """
    for each in holdings(model):
        if each.token.audience is not None:
            yield Step(
                model.pods.of(each.classes), token_ref(each.account, each.token), each.because, each.token.assumes
            )
    for secret, account in legacy_tokens(model).items():
        yield Step(secret, account, (owner_fact(model, secret),))
