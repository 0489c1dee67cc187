from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kpath.evidence import NODE, TARGET, Evidence, around
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.rules import Block, Holds, Step, barrier, rule
from kpath.semantics.netpol.barred import kept
from kpath.semantics.netpol.ends import READS, on_own_node, to_nodes
from kpath.semantics.workload.platform import no_fargate


@rule(
    verb="connects to the kubelet,",
    attack=("T1046",),
    difficulty=1, noise=1, gain=1,
    reads=READS,
    breaks=("M-NP-DENY", "M-NP-ENGINE", "M-GNP-HEP"),
)  # fmt: skip
def kubelet_reach(model: Model) -> Iterator[Step]:
    """Connect from a pod to the port of a kubelet.

    When:
        The node is no Fargate node, and the pod's network policies let it out to the address of the node, or hold it
        only on paper; or the pod is on that node, and the engine is not Calico or Cilium. Where Calico holds the node
        by a HostEndpoint, the node's own policies let the pod in as well.

    Trap:
        The port asks who is there: it is only where that check is missing that more follows. Most engines let a
        pod connect to its own node whatever the policies say.
    """
    for nodes, senders in to_nodes(model):
        for kubelets, because in _kubelets(nodes):
            targets = model.names.refs(kubelets)
            for each in senders:
                yield Step(each.pods, targets, (*each.because, *because), each.assumes)
    for place in on_own_node(model):
        for kubelets, because in _kubelets([place.node]):
            yield Step(place.pods, kubelets[0], (*place.because, *because), place.assumes)


@barrier(kubelet_reach)
def held_back(model: Model, holds: Holds) -> Iterator[Block]:
    """The policies that keep somebody's pods from the kubelets of other nodes."""
    own = model.names.refs(ref for ref in model.names.starting("pod/") if holds(ref))
    for nodes, senders in to_nodes(model):
        for kubelets, _ in _kubelets(nodes):
            for each in kept(model, own, senders):
                yield Block(each.pods, model.names.refs(kubelets), each.because)


def _kubelets(nodes: Iterable[Node]) -> Iterator[tuple[list[Ref], Evidence]]:
    """The kubelets of those nodes that are not Fargate's, by what says that."""
    found: dict[Evidence, list[Ref]] = {}
    for node in nodes:
        if node.compute != "fargate" and not node.is_placeholder:
            because = tuple(replace(fact, of=around(TARGET, NODE)) for fact in no_fargate(node))
            # The name of the node is that of each.
            because = tuple(replace(fact, value=None) if fact.at == "/metadata/name" else fact for fact in because)
            found.setdefault(because, []).append(Ref(f"kubelet/{node.name}"))
    yield from ((kubelets, because) for because, kubelets in found.items())
