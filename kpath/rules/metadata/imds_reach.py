from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol.barred import kept
from kpath.semantics.netpol.ends import to_metadata, to_metadata_on_ipv6
from kpath.semantics.netpol.imds import READS, reached
from kpath.semantics.workload import metadata
from kpath.semantics.workload.interceptors import getting_past
from kpath.semantics.workload.places import standing
from kpath.verdict import Allowed, Denied


@rule(
    verb="reaches the metadata service of its node,",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=2,
    reads=READS,
    breaks=(
        "M-IMDS-HOP", "M-IMDS-OFF", "M-NP-IMDS", "M-NP-DENY", "M-GNP-IMDS", "M-CNP-ADMIN", "M-NP-ENGINE", "M-K2I",
        "M-KIAM", "M-FARGATE", "M-AUTOMODE",
    ),
)  # fmt: skip
def imds_reach(model: Model) -> Iterator[Step]:
    """Talk to 169.254.169.254 from a pod.

    When:
        The node is an EC2 instance whose metadata service is on; the pod is on the host's network, or the
        service answers pods: tokens are optional, or the hop limit is at least 2. Its network policies let the pod
        out to that address on port 80, or nothing holds it to them; and neither kube2iam nor kiam catches its requests.

    Trap:
        Hop limit 1 with tokens optional stops nobody. Required tokens with hop limit 1 stop pods, but not
        those on the host's network. IRSA on the pod closes nothing. What one policy
        excepts, any other may let through. An agent of kube2iam on the node catches nothing if it is told of other
        interfaces than those of the network plugin.
    """
    for place in reached(model):
        yield Step(place.pods, metadata.imds_ref(place.node), place.because, place.assumes)


@barrier(imds_reach)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The settings of a node that keep its pods away from the metadata service, and the policies that do."""
    held = model.names.refs(ref for ref in model.names.starting("pod/") if holds(ref))
    hosts, others = model.pods.those(held, lambda each: bool(each.spec.host_network))
    for pods, on_host in ((hosts, True), (others, False)):
        for place in standing(model, pods, Allowed(())):
            answers = metadata.answers(model, place.node)
            because = () if on_host else metadata.refuses_pods(model, place.node)
            past = Allowed(()) if on_host else getting_past(model, place.node)
            because = past.because if isinstance(past, Denied) else because
            because = answers.because if isinstance(answers, Denied) else because
            if because:
                yield Block(place.pods, metadata.imds_ref(place.node), because)
    for each in kept(model, others, (*to_metadata(model), *to_metadata_on_ipv6(model))):
        for place in standing(model, each.pods, Allowed(each.because)):
            yield Block(place.pods, metadata.imds_ref(place.node), each.because)
