from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.account import held_by
from kpath.semantics.iam.escalation.passing import READS, changed
from kpath.semantics.iam.escalation.targets import refs_of


@rule(
    verb="changes what runs as",
    attack=("T1578.005", "T1651"),
    difficulty=2, noise=3, gain=4,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def iam_role_of_resource(model: Model) -> Iterator[Step]:
    """Change, or enter, what already runs as a role.

    When:
        The principal may change a function, a stack, a project, a notebook, an instance or the like that has the role:
        this very one, with its tags where they were collected. Of a kind of which not all was collected, any role that
        trusts the service may be the one.

    Trap:
        No `iam:PassRole` is asked for, since the role stays. What was not collected is an assumption, with the call
        that would tell. `ssm:SendCommand` is asked for the document as well as for the instance, `ecs:ExecuteCommand`
        for the cluster as well as for the task. A version of a function that was published does not change any more.
    """
    for principal, taken in changed(model):
        because = held_by(model, principal, taken.verdict.because)
        yield Step(principal, refs_of(model, taken.names), because, taken.verdict.assumes, way=taken.way.id)
