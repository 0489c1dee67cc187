from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.workload import kyverno
from kpath.snapshot.patch import Patch
from kpath.verdict import Denied


@rule(
    verb="exempts its own objects from the policies of",
    attack=("T1562.001",),
    difficulty=1, noise=2, gain=3,
    reads=READS | kyverno.READS,
    breaks=("M-RBAC-REMOVE", "M-WEBHOOK-HARDEN"),
)  # fmt: skip
def policy_exception_create(model: Model) -> Iterator[Change]:
    """Write a PolicyException, by which Kyverno lets an object through that its policies refuse.

    When:
        `create` on `policyexceptions` in a namespace from which Kyverno takes them: its flags
        `--enablePolicyException` and `--exceptionNamespace` say which.

    Trap:
        It is a change and gives nothing by itself. An exception names the objects that it exempts, and these need not
        be in its own namespace. Since 1.13 Kyverno takes none unless it is told to.
    """
    for group in kyverno.GROUPS:
        for grant in grants(model, "create", "policyexceptions", group):
            for space in sorted(model.spaces) if grant.namespace is None else [grant.namespace]:
                taken = kyverno.takes_exceptions(model, group, space)
                if space in model.spaces and not isinstance(taken, Denied):
                    because, assumes = (*grant.because, *taken.because), (*grant.assumes, *taken.assumes)
                    yield Change(grant.subjects, Ref(f"ns/{space}"), Patch(), because, assumes)
