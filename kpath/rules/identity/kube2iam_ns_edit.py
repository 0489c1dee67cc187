from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import pointer
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.iam import handed
from kpath.semantics.rbac.annotating import READS, editors
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS
from kpath.snapshot.patch import Patch


@rule(
    verb="lets pods have every role, in",
    attack=("T1098",),
    difficulty=1, noise=3, gain=4,
    reads=READS | handed.READS,
    breaks=("M-NS-LABEL-LOCK", "M-RBAC-REMOVE"),
)  # fmt: skip
def kube2iam_ns_edit(model: Model) -> Iterator[Change]:
    """Widen what a namespace's annotation lets its pods have of kube2iam or kiam.

    When:
        `update` or `patch` on that namespace, where an agent of kube2iam with namespace restrictions, or one of kiam,
        hands out roles. A RoleBinding in the namespace is enough.

    Trap:
        It gives nothing by itself: it is a change, and what it opens (KUBE2IAM_ROLE, KIAM_ROLE) is derived from the
        changed state. The right to write labels is the right to write annotations.
    """
    keys = handed.namespace_keys(model)
    for grant, space in editors(model) if keys else ():
        ref = Ref(f"ns/{space}")
        wide = (Patch.replace(ref, pointer("metadata", "annotations", key), every) for key, every in keys.items())
        # Whoever may do anything opens nothing by it.
        patch = Patch() if grant.subject in (MASTERS, CLUSTER_ADMIN) else Patch.together(wide)
        yield Change(grant.subjects, ref, patch, grant.because, grant.assumes)
