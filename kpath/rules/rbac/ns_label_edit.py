from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import pointer
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.annotating import editors
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS
from kpath.snapshot.patch import Patch


@rule(
    verb="relaxes the guard rails of",
    attack=("T1562.001",),
    difficulty=1, noise=3, gain=4,
    reads=READS | {"namespaces", "spaces"},
    breaks=("M-RBAC-REMOVE", "M-NS-LABEL-LOCK"),
)  # fmt: skip
def ns_label_edit(model: Model) -> Iterator[Change]:
    """Relabel a namespace, so that its Pod Security level lets everything in.

    When:
        `update` or `patch` on that namespace; a RoleBinding in it is enough.

    Trap:
        It gives nothing by itself: it is a change, and what it opens is derived from the changed state. The label
        `kubernetes.io/metadata.name` cannot be changed.
    """
    for grant, space in editors(model):
        # Whoever may do anything opens nothing by it.
        patch = Patch() if grant.subject in (MASTERS, CLUSTER_ADMIN) else _opened(model, space)
        yield Change(grant.subjects, Ref(f"ns/{space}"), patch, grant.because, grant.assumes)


def _opened(model: Model, space: str) -> Patch:
    """The label that lets every pod in, where another keeps some out."""
    ref = Ref(f"ns/{space}")
    stored = model.namespaces.get(ref)
    level = (stored.metadata.labels or {}).get(launches.ENFORCE) if stored is not None else None
    if level not in launches.HOST:
        return Patch()
    return Patch.replace(ref, pointer("metadata", "labels", launches.ENFORCE), "privileged")
