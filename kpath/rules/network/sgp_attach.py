from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants, together
from kpath.semantics.workload.balancers import VPC

GROUP = "vpcresources.k8s.aws"
TRUNKS = Assumption("trunk interfaces are on, and the id of a trusted security group is known", Confidence.LOW)


@rule(
    verb="puts a pod of its own into a security group and reaches",
    attack=("T1562.007", "T1578.005"),
    difficulty=2, noise=3, gain=3,
    reads=READS | launches.READS,
    breaks=("M-RBAC-REMOVE", "M-VAP"),
)  # fmt: skip
def sgp_attach(model: Model) -> Iterator[Step]:
    """Give a pod of one's own a security group that databases and caches trust.

    When:
        `create`, `update` or `patch` on `securitygrouppolicies` and the right to make pods, in one namespace.

    Trap:
        It is only pods made afterwards that get the group.
    """
    policies = chain.from_iterable(
        grants(model, verb, "securitygrouppolicies", GROUP) for verb in ("create", "update", "patch")
    )
    makers = chain(launches.direct(model), launches.through_controllers(model))
    for joint in together(model, policies, makers):
        yield Step(joint.subjects, VPC, joint.because, (*joint.assumes, TRUNKS))
