from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model, Node
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol.barred import kept
from kpath.semantics.netpol.ends import READS, to_metadata, to_metadata_on_ipv6
from kpath.semantics.workload import metadata
from kpath.semantics.workload.places import Place, standing
from kpath.verdict import Allowed, Denied, Verdict, all_of


@rule(
    verb="reaches the metadata service of its node,",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=2,
    reads=metadata.READS | READS,
    breaks=(
        "M-IMDS-HOP", "M-IMDS-OFF", "M-NP-IMDS", "M-NP-DENY", "M-GNP-IMDS", "M-CNP-ADMIN", "M-NP-ENGINE", "M-FARGATE",
        "M-AUTOMODE",
    ),
)  # fmt: skip
def imds_reach(model: Model) -> Iterator[Step]:
    """Talk to 169.254.169.254 from a pod.

    When:
        The node is an EC2 instance whose metadata service is on; the pod is on the host's network, or the
        service answers pods: tokens are optional, or the hop limit is at least 2. Its network policies let the pod
        out to that address on port 80, or nothing holds it to them.

    Trap:
        Hop limit 1 with tokens optional stops nobody. Required tokens with hop limit 1 stop pods, but not
        those on the host's network. IRSA on the pod closes nothing. What one policy
        excepts, any other may let through.
    """
    for listening, found in ((metadata.answers, to_metadata(model)), (_on_ipv6, to_metadata_on_ipv6(model))):
        for each in found:
            hosts, others = model.pods.those(each.pods, lambda each: bool(each.spec.host_network))
            for pods, on_host in ((hosts, True), (others, False)):
                for place in standing(model, pods, each.verdict):
                    yield from _reached(model, place, listening(model, place.node), on_host=on_host)


def _on_ipv6(model: Model, node: Node) -> Verdict:
    return all_of(metadata.answers(model, node), metadata.on_ipv6(model, node))


def _reached(model: Model, place: Place, listens: Verdict, *, on_host: bool) -> Iterator[Step]:
    """Pods of one node that the network lets through, if its metadata service answers them."""
    node = place.node
    if not metadata.has_metadata(node) or isinstance(listens, Denied):
        return
    for reason in [Allowed(())] if on_host else metadata.answers_pods(model, node):
        found = all_of(listens, reason)
        because = (*place.because, *found.because) or metadata.known_only_by_name(node)
        yield Step(place.pods, metadata.imds_ref(node), because, (*place.assumes, *found.assumes))


@barrier(imds_reach)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The settings of a node that keep its pods away from the metadata service, and the policies that do."""
    held = model.names.refs(ref for ref in model.names.starting("pod/") if holds(ref))
    hosts, others = model.pods.those(held, lambda each: bool(each.spec.host_network))
    for pods, on_host in ((hosts, True), (others, False)):
        for place in standing(model, pods, Allowed(())):
            answers = metadata.answers(model, place.node)
            because = () if on_host else metadata.refuses_pods(model, place.node)
            because = answers.because if isinstance(answers, Denied) else because
            if because:
                yield Block(place.pods, metadata.imds_ref(place.node), because)
    for each in kept(model, others, (*to_metadata(model), *to_metadata_on_ipv6(model))):
        for place in standing(model, each.pods, Allowed(each.because)):
            yield Block(place.pods, metadata.imds_ref(place.node), each.because)
