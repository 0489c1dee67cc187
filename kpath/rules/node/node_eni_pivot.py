from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.iam.noderights import MOVE, READS, may, reasons
from kpath.semantics.workload.noderoles import carried
from kpath.verdict import Denied

VPC = Ref("vpc")


@rule(
    verb="moves network interfaces, and with them itself, about",
    attack=("T1578.005", "T1562.007"),
    difficulty=3, noise=3, gain=3,
    reads=READS,
    breaks=("M-NODEROLE-MIN",),
)  # fmt: skip
def node_eni_pivot(model: Model) -> Iterator[Step]:
    """Attach interfaces of other subnets and security groups with the permissions of the network plugin.

    When:
        The node's role may create, attach and modify network interfaces, on `*`.

    Trap:
        The instances of Auto Mode are AWS's to manage and refuse. Interfaces that AWS asked for refuse changes.
    """
    for each in carried(model):
        verdict = may(model, each.role, MOVE)
        if not isinstance(verdict, Denied):
            yield Step(each.changeable(model), VPC, reasons(model, each, verdict), verdict.assumes)
