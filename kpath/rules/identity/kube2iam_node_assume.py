from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.interceptors import READS, of_nodes


@rule(
    verb="assumes, as kube2iam does on its node,",
    attack=("T1078.004",),
    difficulty=1, noise=2, gain=5,
    reads=READS,
    breaks=("M-KIAM", "M-IRSA", "M-PODID", "M-NODEROLE-SPLIT"),
)  # fmt: skip
def kube2iam_node_assume(model: Model) -> Iterator[Step]:
    """Assume with a node's credentials whatever kube2iam hands out there.

    When:
        The role of a node on which an agent of kube2iam runs, or a session of it, and the roles that it may assume.

    Trap:
        It asks no namespace: perfect restrictions change nothing. The nodes of kiam's agents need no such right.
    """
    for each in of_nodes(model):
        yield Step(each.holders, each.roles, each.because, each.assumes)
