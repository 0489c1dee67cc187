from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.public import ANONYMOUS, APISERVER, anonymously, open_to_all
from kpath.semantics.rbac.universe import members


@rule(
    verb="is by itself one of",
    attack=("T1078.001",),
    difficulty=1, noise=1, gain=4,
    reads=READS,
    breaks=("M-RBAC-PUBLICGROUPS",),
)  # fmt: skip
def public_group_grant(model: Model) -> Iterator[Step]:
    """Use rights that are open to everybody.

    When:
        A binding gives a role to `system:unauthenticated` or `system:anonymous`, and the API server can be reached;
        or to `system:authenticated`, or to the service accounts of the cluster or of a namespace.

    Trap:
        Every cluster lets everybody discover its API: these bindings do not count. Everyone whom aws-auth or an
        access entry lets in is authenticated, rights or none. EKS ends anonymous access with 1.32.
    """
    doubts = anonymously(model)
    for each in open_to_all(model):
        if each.subject not in ANONYMOUS:
            yield Step(members(model, each.subject).without(each.subject), each.subject, each.because)
        elif doubts is not None:
            yield Step(APISERVER, each.subject, each.because, doubts)
