from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, changed, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.stealing import COMES, stealing
from kpath.semantics.workload.metadata import known_only_by_name

READY = changed("POD_STEAL", Ref("node"))


@rule(
    verb="moves to a node of its own",
    attack=("T1610",),
    difficulty=3, noise=5, gain=4,
    reads=READS,
    breaks=("M-RBAC-REMOVE", "M-NS-NODEPOOL"),
)  # fmt: skip
def pod_steal(model: Model) -> Iterator[Step]:
    """Move a powerful pod onto a node that one controls.

    When:
        Root on a node; and, by one principal, a right that ends the pod where it is, over pods or over nodes, and
        `update` or `patch` on every node or its status, by which the others are closed.

    Trap:
        A controller has to make the pod anew, and its scheduling rules have to let it come; the pods of a DaemonSet
        are on every node as it is. A node's own identity may not close others.
    """
    for node in model.nodes:
        if node.compute != "fargate" and not node.is_placeholder:
            yield Step(node.ref, READY, known_only_by_name(node))
    for joint, found in stealing(model):
        yield Step(joint.subjects, found, joint.because, (*joint.assumes, COMES), also=(READY,))
