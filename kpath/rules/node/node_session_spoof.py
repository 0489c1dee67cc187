from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.chains import assumptions
from kpath.semantics.rbac import mapped
from kpath.semantics.rbac.nodes import nameable
from kpath.semantics.workload import noderoles


@rule(
    verb="names a session of the node role so that it authenticates as",
    attack=("T1078.004",),
    difficulty=3, noise=2, gain=5,
    reads=ACCOUNT | mapped.READS | noderoles.READS,
    breaks=("M-TRUST-EXACT",),
)  # fmt: skip
def node_session_spoof(model: Model) -> Iterator[Step]:
    """Be any node, by assuming the node role under a name of one's choice.

    When:
        The trust policy of a role that is mapped to nodes admits the principal. The session is named after an
        instance, or after the node itself where the mapping reads `{{SessionName}}`.

    Trap:
        Trust in the node role that was set up for kube2iam goes unnoticed. A mapping by instance makes no node of
        Fargate and no hybrid node.
    """
    found = nameable(model)
    for principal, role, verdict in assumptions(model):
        for each in found.get(role, ()):
            because = (*held_by(model, principal, verdict.because), *each.because)
            yield Step(principal, each.users, because, (*verdict.assumes, *each.assumes))
