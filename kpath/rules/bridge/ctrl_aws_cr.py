from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import irsa
from kpath.semantics.iam.controllers import roles_of
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import AWS_OBJECTS, writers
from kpath.semantics.workload.controllers import accounts_of, running

ENOUGH = Assumption("the controller makes with its role what the object asks for", Confidence.MEDIUM)


@rule(
    verb="has objects in AWS made with the rights of",
    attack=("T1078.004", "T1098"),
    difficulty=2, noise=3, gain=5,
    reads=READS | irsa.READS,
    breaks=("M-CTRL-SCOPE", "M-RBAC-REMOVE"),
)  # fmt: skip
def ctrl_aws_cr(model: Model) -> Iterator[Step]:
    """Have a controller make objects in AWS with its role.

    When:
        `create`, `update` or `patch` on kinds of ACK that are principals or run code with a role (IAM, Lambda, ECS,
        EC2, EKS and the like), of Crossplane's providers for IAM, of Cluster API for AWS or of the Terraform
        controller, while pods of that controller run as a service account that a role in AWS trusts.

    Trap:
        What the controller can make is what its role allows, so the step leads to that role and not to an
        administrator. Objects of Crossplane live outside of namespaces, but for
        those of `iam.aws.m.upbound.io`.
    """
    for images in dict.fromkeys(each.images for each in AWS_OBJECTS):
        found = tuple(roles_of(model, accounts_of(model, running(model, *images))))
        for operator in AWS_OBJECTS if found else ():
            for grant in writers(model, operator) if operator.images == images else ():
                for _, each in found:
                    assumes = (*grant.assumes, *each.assumes, ENOUGH)
                    yield Step(grant.subjects, each.targets, (*grant.because, *each.because), assumes)
