from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.iam.able import Call, able
from kpath.semantics.iam.estate import READS, security_groups
from kpath.snapshot.patch import Patch


@rule(
    verb="opens the network to",
    attack=("T1562.007",),
    difficulty=1, noise=2, gain=2,
    reads=READS,
)  # fmt: skip
def ec2_sg_open(model: Model) -> Iterator[Change]:
    """Open a security group of nodes to addresses of one's choice.

    When:
        `ec2:AuthorizeSecurityGroupIngress` on a security group of a node's instance.

    Trap:
        It gives nothing by itself: it is a change. kpath does not read the rules of security groups, so nothing is
        derived from it: what is reached by an open port is assumed where a step needs one.
    """
    for each in able(model, Call("ec2:AuthorizeSecurityGroupIngress", security_groups(model))):
        for group in sorted(each.resources):
            yield Change(each.principal, Ref(group), Patch(), each.because(model), each.assumes)
