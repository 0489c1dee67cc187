from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.workload import metadata
from kpath.semantics.workload.places import on_nodes
from kpath.verdict import Allowed, Denied, all_of


@rule(
    verb="reaches the metadata service of its node,",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=2,
    reads=metadata.READS,
    breaks=("M-IMDS-HOP", "M-IMDS-OFF", "M-NP-IMDS", "M-FARGATE", "M-AUTOMODE"),
)  # fmt: skip
def imds_reach(model: Model) -> Iterator[Step]:
    """Talk to 169.254.169.254 from a pod.

    When:
        The node is an EC2 instance whose metadata service is on; the pod is on the host's network, or the
        service answers pods: tokens are optional, or the hop limit is at least 2.

    Trap:
        Hop limit 1 with tokens optional stops nobody. Required tokens with hop limit 1 stop pods, but not
        those on the host's network. IRSA on the pod closes nothing.
    """
    for classes, on_host, egress in metadata.by_network(model):
        for place in on_nodes(model, list(classes), egress):
            node, answers = place.node, metadata.answers(model, place.node)
            if not metadata.has_metadata(node):
                continue
            if isinstance(answers, Denied):
                continue
            for reason in [Allowed(())] if on_host else metadata.answers_pods(model, node):
                found = all_of(answers, reason)
                because = (*place.because, *found.because) or metadata.known_only_by_name(node)
                yield Step(place.pods, metadata.imds_ref(node), because, (*place.assumes, *found.assumes))


@barrier(imds_reach)
def refused(model: Model, holds: Holds) -> Iterator[Block]:
    """The settings of a node that keep its pods away from the metadata service."""
    for classes, on_host, egress in metadata.by_network(model):
        for place in on_nodes(model, list(classes), egress):
            answers = metadata.answers(model, place.node)
            because = () if on_host else metadata.refuses_pods(model, place.node)
            because = answers.because if isinstance(answers, Denied) else because
            if because:
                held = model.names.refs(ref for ref in place.pods if holds(ref))
                yield Block(held, metadata.imds_ref(place.node), because)
