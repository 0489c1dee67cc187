from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam import everything, known_of
from kpath.semantics.iam.account import READS, held_by, principals
from kpath.verdict import Denied


@rule(
    verb="may do anything, as",
    attack=("T1078.004",),
    difficulty=1, noise=1, gain=5,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def aws_admin(model: Model) -> Iterator[Step]:
    """Have every right in an AWS account, whatever the policy is called.

    When:
        The principal's policies allow every action on every resource, and its boundary does too.

    Trap:
        An explicit Deny or a boundary that is less than everything makes it none.
    """
    for principal, policies in principals(model).items():
        verdict = everything(policies, context=known_of(principal, policies))
        if not isinstance(verdict, Denied):
            target = Ref(f"aws-admin/{principal.account}")
            because = held_by(model, principal, verdict.because)
            yield Step(principal, target, because, verdict.assumes)
