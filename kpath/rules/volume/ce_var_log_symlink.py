from __future__ import annotations

from collections.abc import Iterator

from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, changed, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.logs import log_services
from kpath.semantics.workload.links import linking

ID = "CE_VAR_LOG_SYMLINK"


@rule(
    verb="reads through the kubelet's log service",
    attack=("T1552.001", "T1611"),
    difficulty=2, noise=2, gain=4,
    reads=READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTPATH", "M-RBAC-REMOVE", "M-RBAC-NODEPROXY"),
)  # fmt: skip
def ce_var_log_symlink(model: Model) -> Iterator[Step]:
    """Put a link to a file of the host among its logs, and have the kubelet serve it.

    When:
        A writable hostPath on `/`, `/var` or `/var/log`, and root; and, in whosever hands, `get` on `nodes/log` or
        `nodes/proxy` for that node, or on `pods/log` for a pod on it.

    Trap:
        The right need not be the pod's own. Read-only keeps the link out. By the log of a pod the file comes out line
        by line. Names of nodes count.
    """
    there = linking(model)
    linked = model.names.refs(place.node.ref for place in there)
    changes: dict[bytes, Refs] = {}
    for grant, nodes, assumes in log_services(model) if there else ():
        found = linked if nodes is None else linked & nodes
        if found.key not in changes:
            changes[found.key] = model.names.refs(changed(ID, node) for node in found)
        yield Step(grant.subjects, changes[found.key], grant.because, assumes)
    for place in there:
        files = Ref(f"files/{place.node.name}")
        yield Step(place.pods, files, place.because, place.assumes, also=(changed(ID, place.node.ref),))
