from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.noderights import READS, pullable, reasons
from kpath.semantics.workload.noderoles import carried


@rule(
    verb="pulls the images of",
    attack=("T1552.001", "T1530"),
    difficulty=1, noise=1, gain=3,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def node_ecr_pull(model: Model) -> Iterator[Step]:
    """Pull the images of the account with the node's role, and read what is baked into them.

    When:
        The node's role may `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the repository of an image that
        some pod uses.

    Trap:
        The managed policies for nodes allow it on every repository. `PullOnly` does not list them, and names of
        images are all over the cluster.
    """
    for each in carried(model):
        for repository, named, verdict in pullable(model, each.role):
            because = (*reasons(model, each, verdict), *named)
            yield Step(each.holders(model), repository, because, verdict.assumes)
