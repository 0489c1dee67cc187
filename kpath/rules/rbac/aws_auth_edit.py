from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.mapped import AWS_AUTH, mode_known
from kpath.semantics.rbac.universe import CLUSTER_ADMIN

ABSENT = Assumption("there is no aws-auth yet", Confidence.LOW, "configmaps")


@rule(
    verb="maps an AWS principal of its own to system:masters and becomes",
    attack=("T1098", "T1098.006"),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-EKS-API-ONLY", "M-RBAC-REMOVE", "M-RBAC-NAMES"),
)  # fmt: skip
def aws_auth_edit(model: Model) -> Iterator[Step]:
    """Map an AWS principal to `system:masters` in the aws-auth ConfigMap.

    When:
        `update` or `patch` on that ConfigMap, or `create` where there is none, and an authentication mode
        other than API.

    Trap:
        Inert in API mode. The principal may be of any account.
    """
    honoured = mode_known(model)
    if honoured is None:
        return
    because, doubts = honoured
    is_absent = AWS_AUTH not in model.config_maps and "configmaps" in model.coverage.listed
    for verb in () if is_absent else ("update", "patch"):
        for grant in grants(model, verb, "configmaps"):
            if grant.includes(AWS_AUTH) and grant.subject != CLUSTER_ADMIN:
                yield Step(grant.subjects, CLUSTER_ADMIN, (*grant.because, *because), (*grant.assumes, *doubts))
    for grant in grants(model, "create", "configmaps") if AWS_AUTH not in model.config_maps else ():
        if grant.includes(AWS_AUTH) and grant.subject != CLUSTER_ADMIN:
            absent = () if is_absent else (ABSENT,)
            yield Step(grant.subjects, CLUSTER_ADMIN, (*grant.because, *because), (*grant.assumes, *doubts, *absent))
