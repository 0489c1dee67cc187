from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol.barred import holding, kept, receivers
from kpath.semantics.netpol.ends import READS, to_apiserver
from kpath.semantics.netpol.flows import flows, listening
from kpath.semantics.netpol.policy import EGRESS, INGRESS
from kpath.semantics.workload.endpoints import endpoints_of, every

APISERVER = Ref("apiserver")


@rule(
    verb="connects to",
    attack=("T1046",),
    difficulty=1, noise=1, gain=1,
    reads=READS,
    breaks=("M-NP-DENY", "M-NP-ENGINE", "M-GNP-HEP", "M-CNP-ADMIN", "M-SG-POD"),
)  # fmt: skip
def pod_net_reach(model: Model) -> Iterator[Step]:
    """Connect from a pod to the ports of another, or to the API server.

    When:
        The network policies of the sender let it out and those of the receiver let it in, on some port; or no engine
        enforces them; or one of the two is not held: on the host's network, on Fargate, on Windows, without a
        controller. A node reaches the pods on it whatever the policies, and they reach it under most engines.

    Trap:
        Without an engine that enforces them, policies are decoration. Declared ports are documentation: the others
        are open, too. No selector opens the API server; addresses do.
    """
    for flow in flows(model):
        for pods, doubts in listening(model, flow):
            yield Step(flow.sources, endpoints_of(model, pods), flow.because, (*flow.assumes, *doubts), by=pods)
    for each in to_apiserver(model):
        yield Step(each.pods, APISERVER, each.because, each.assumes)


@barrier(pod_net_reach)
def isolated(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep somebody's pods from the ports of others, at either end."""
    own = model.names.refs(ref for ref in model.names.starting("pod/") if holds(ref))
    reached = endpoints_of(model, receivers(model, own))
    for each in holding(model, own, EGRESS):
        yield Block(each.pods, every(model) - reached, each.because)
    for each in kept(model, own, to_apiserver(model)):
        yield Block(each.pods, APISERVER, each.because)
    for each in holding(model, model.pods.of(model.pods.classes), INGRESS):
        yield Block(own, endpoints_of(model, each.pods) - reached, each.because)
