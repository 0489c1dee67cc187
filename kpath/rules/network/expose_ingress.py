from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol import exposed
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.exposure import by_ingress


@rule(
    verb="reaches, through an Ingress or a Gateway,",
    attack=("T1133", "T1190"),
    difficulty=1, noise=1, gain=2,
    reads=exposed.READS,
    breaks=("M-LB-INTERNAL",),
)  # fmt: skip
def expose_ingress(model: Model) -> Iterator[Step]:
    """Reach the pods behind an Ingress, or behind a route of the Gateway API.

    When:
        A rule or the default backend names a Service that selects pods. An ALB has to be internet-facing and to
        admit 0.0.0.0/0, else it is reached from the VPC. Another controller's Ingress has the address of the Service
        before that controller, and is as exposed as this one; without such a Service its front is assumed to be open.
        The same for a route: it names a Gateway, a listener of which takes its kind, its host names and its namespace,
        and a Service; one of another namespace needs a ReferenceGrant there.

    Trap:
        The name of an ALB says whether it is internal, whatever the scheme of one Ingress: another of its group, or
        the parameters of the class, may set it. Without a name an ALB is internal unless its scheme says otherwise.
        Security groups that are named decide instead of `inbound-cidrs`. The class may come from an annotation, from
        `ingressClassName`, or from the default class; without any it may be that nobody takes the Ingress up. The
        controller's own pods are reached as well, by their Service. Only the paths and hosts of the rules lead in.
        A listener takes routes of its Gateway's namespace alone unless it says otherwise. A backend of weight 0 gets
        nothing; one that requests are mirrored to is reached, though it never answers. A load balancer of the AWS Load
        Balancer Controller is internal unless a LoadBalancerConfiguration opens it; VPC Lattice is reached from VPCs.
    """
    for each in exposed.reached(model, by_ingress):
        yield Step(each.source, endpoints_of(model, each.pods), each.because, each.assumes, by=each.pods)


@barrier(expose_ingress)
def kept_out(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep out what leads there."""
    for each in exposed.kept_out(model, by_ingress, holds):
        yield Block(each.source, endpoints_of(model, each.pods), each.because)
