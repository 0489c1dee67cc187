from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.waiting import READS as WAITING
from kpath.semantics.iam.waiting import open_to_any
from kpath.semantics.rbac.making import READS, makers, nameable
from kpath.semantics.rbac.universe import accounts


@rule(
    verb="makes a service account of a name that gets",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=5,
    reads=READS | WAITING,
    breaks=("M-TRUST-EXACT", "M-RBAC-REMOVE"),
)  # fmt: skip
def irsa_trust_broad(model: Model) -> Iterator[Step]:
    """Make a service account whose name a role's trust policy takes in.

    When:
        A trust policy in the cluster's tokens asks nothing of the subject, or takes in more than one name; and one
        principal may `create` `serviceaccounts` in a namespace that it takes in, and their tokens or pods that run as
        them. Where it takes in namespaces that are not there, `create` on `namespaces` and these rights everywhere.

    Trap:
        No account needs to be annotated, nor even to be there. A missing condition on the audience alone opens little,
        one on the subject everything.
    """
    known = frozenset(accounts(model))
    for each in open_to_any(model, known, nameable(model)):
        for joint, doubts in makers(model, each.account, pods=False):
            because, assumes = (*joint.because, *each.because), (*joint.assumes, *each.assumes, *doubts)
            yield Step(joint.subjects, each.role, because, assumes)
