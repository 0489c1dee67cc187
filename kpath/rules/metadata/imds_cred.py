from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import metadata
from kpath.verdict import Denied


@rule(
    verb="gives the credentials of",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=4,
    reads=metadata.READS,
    breaks=("M-NODEROLE-MIN", "M-NODECRED-BIND"),
)  # fmt: skip
def imds_cred(model: Model) -> Iterator[Step]:
    """Take the node's role from its metadata service.

    When:
        The instance has a profile with a role.

    Trap:
        The credentials are those of a session named after the instance, so they speak for one node.
    """
    for node in model.nodes:
        found = metadata.credentials(model, node)
        answers = metadata.answers(model, node)
        if found is None or not metadata.has_metadata(node) or isinstance(answers, Denied):
            continue
        because = (*found.because, *answers.because) or metadata.known_only_by_name(node)
        yield Step(
            metadata.imds_ref(node), model.names.refs(found.targets), because, (*found.assumes, *answers.assumes)
        )
