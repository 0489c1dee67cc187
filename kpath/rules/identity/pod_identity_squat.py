from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.waiting import READS as WAITING
from kpath.semantics.iam.waiting import kept
from kpath.semantics.rbac.making import READS, makers
from kpath.semantics.rbac.universe import accounts


@rule(
    verb="makes the service account that gets",
    attack=("T1098",),
    difficulty=2, noise=3, gain=4,
    reads=READS | WAITING,
    breaks=("M-RBAC-REMOVE", "M-TRUST-EXACT"),
)  # fmt: skip
def pod_identity_squat(model: Model) -> Iterator[Step]:
    """Make the service account, or the namespace too, that an AWS role has been waiting for.

    When:
        A Pod Identity association, or a trust policy by its whole name, is for a service account that is not there; and
        one principal may `create` `serviceaccounts` there and pods that run as it; where the namespace is missing,
        `create` on `namespaces` as well. For a trust policy, `create` on `serviceaccounts/token` will do for pods.

    Trap:
        Names alone count: whoever makes the account is the one who was meant. Rights in one namespace are of no use for
        an account of another.
    """
    known = frozenset(accounts(model))
    for each in kept(model, known):
        for joint, doubts in makers(model, each.account, pods=each.by_agent):
            because, assumes = (*joint.because, *each.because), (*joint.assumes, *each.assumes, *doubts)
            yield Step(joint.subjects, each.role, because, assumes)
