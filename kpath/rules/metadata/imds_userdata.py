from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import userdata
from kpath.semantics.iam.userdata import readers
from kpath.semantics.netpol.imds import READS, intercepted
from kpath.semantics.workload.metadata import imds_ref
from kpath.semantics.workload.userdata import hands_on, known, of_node, tells
from kpath.verdict import Denied, all_of

VALID = Assumption("the token is still valid")


@rule(
    verb="gives away the credentials in",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=2,
    reads=READS | userdata.READS,
    breaks=("M-IMDS-HOP", "M-IMDS-OFF", "M-NP-IMDS", "M-FARGATE", "M-AUTOMODE"),
)  # fmt: skip
def imds_userdata(model: Model) -> Iterator[Step]:
    """Read a credential in the user data of an instance.

    When:
        The user data of a node holds both parts of an AWS access key, a kubeconfig's client certificate and its key, or
        a service account's token, which leads on to its account. Whoever reaches the metadata service reads it; so do
        pods that kube2iam catches, those that kiam catches where it is told to let that route through, and principals
        that may `ec2:DescribeInstanceAttribute`.

    Trap:
        What nodes of EKS need to join, an endpoint and a certificate authority, is no secret. Nobody looks into user
        data that was not collected: it may hold anything.
    """
    for node in model.nodes:
        verdict = tells(model, node)
        if not isinstance(verdict, Denied):
            yield Step(imds_ref(node), of_node(node), verdict.because, verdict.assumes)
    for place, agent in intercepted(model):
        verdict = all_of(tells(model, place.node), hands_on(model, agent))
        if not isinstance(verdict, Denied):
            because, assumes = (*place.because, *verdict.because), (*place.assumes, *verdict.assumes)
            yield Step(place.pods, of_node(place.node), because, assumes)
    for principal, targets, because, assumes in readers(model):
        yield Step(principal, targets, because, assumes)
    for each in known(model):
        yield Step(each.ref, model.names.refs(each.found.owners), each.because, (VALID,))
