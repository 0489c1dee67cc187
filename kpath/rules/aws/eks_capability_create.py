from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.able import Call, able, handed
from kpath.semantics.iam.estate import READS, beneath, clusters

THERE = Assumption("the cluster has a capability", missing="eks list-capabilities")
SERVICE = "capabilities.eks.amazonaws.com"


@rule(
    verb="runs a managed controller with",
    attack=("T1098", "T1578.002"),
    difficulty=2, noise=4, gain=5,
    reads=READS,
    breaks=("M-PASSROLE", "M-IAM-EKSGUARD"),
)  # fmt: skip
def eks_capability_create(model: Model) -> Iterator[Step]:
    """Have EKS run a controller with a role of one's choice.

    When:
        `eks:CreateCapability` on the cluster, or `eks:UpdateCapability` on one that it has; and `iam:PassRole` to
        `capabilities.eks.amazonaws.com` on a role that trusts this service.

    Trap:
        The role gets an access entry by itself. Users of Kubernetes who may write the controller's objects have
        it, too. Capabilities that are there are not collected: that there is one to change is assumed.
    """
    for ref, _ in clusters(model):
        creating = able(model, Call("eks:CreateCapability", frozenset({ref})))
        updating = able(model, Call("eks:UpdateCapability", beneath(ref, "capability", "*")))
        for way, doubts in ((creating, ()), (updating, (THERE,))):
            for principal, roles, because, assumes in handed(model, SERVICE, way):
                yield Step(principal, roles, because, (*assumes, *doubts))
