"""Who may run commands on nodes through Systems Manager.

Source: service authorization reference, AWS Systems Manager; its user guide, Run Command, State Manager.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.iam.able import Able, Call, able, besides
from kpath.semantics.iam.estate import READS, beside, managed, nodes_of, regions, tagged, untagged

__all__ = ["READS", "commanded"]

DOCUMENT = "document/AWS-RunShellScript"
BY_DOCUMENT = ("ssm:SendCommand", "ssm:CreateAssociation")
SESSION = "ssm:StartSession"


def commanded(model: Model) -> Iterator[tuple[Able, Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may command which nodes, why, and what that assumes."""
    for part in managed(model):
        for near in regions(part.instances):
            document = beside(min(near), "ssm", DOCUMENT, owned=False)
            for arns, tags in tagged(model, near):
                found = [*able(model, Call(SESSION, arns, tags))]
                for action in BY_DOCUMENT:
                    run = able(model, Call(action, document, untagged(model)))
                    found += besides(run, able(model, Call(action, arns, tags)))
                for each in found:
                    because = (*each.because(model), *part.because)
                    yield each, nodes_of(model, each.resources), because, (*each.assumes, *part.assumes)
