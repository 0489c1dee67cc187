from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import metadata
from kpath.verdict import Denied


@rule(
    verb="takes the instance role,",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=4,
    reads=metadata.READS,
    breaks=("M-NODEROLE-MIN", "M-NODEROLE-SPLIT"),
)  # fmt: skip
def node_role_cred(model: Model) -> Iterator[Step]:
    """Take the instance role as root on the node.

    When:
        The instance has a profile with a role, and its metadata service is on.

    Trap:
        Hop limit, tokens and network policies are of no matter on the node itself.
    """
    for node in model.nodes:
        found = metadata.credentials(model, node)
        answers = metadata.answers(model, node)
        if found is None or not metadata.has_metadata(node) or isinstance(answers, Denied):
            continue
        because = found.because or metadata.known_only_by_name(node)
        yield Step(node.ref, model.names.refs(found.targets), because, (*found.assumes, *answers.assumes))
