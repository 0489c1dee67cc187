from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import pod_namespaces
from kpath.snapshot.patch import Patch


@rule(
    verb="relabels the pods of",
    attack=("T1562", "T1557"),
    difficulty=2, noise=2, gain=3,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-CNP-ADMIN"),
)  # fmt: skip
def pod_relabel(model: Model) -> Iterator[Change]:
    """Change the labels and annotations of pods that network policies, Services and others go by.

    When:
        `update` or `patch` on `pods` or `pods/status`, names included.

    Trap:
        It gives nothing by itself: it is a change, and who trusts labels is hit by it. A pod's own service account
        often has the right.
    """
    for resource in ("pods", "pods/status"):
        for verb in ("update", "patch"):
            for grant in grants(model, verb, resource):
                for space in pod_namespaces(model, grant):
                    yield Change(grant.subjects, Ref(f"ns/{space}"), Patch(), grant.because, grant.assumes)
