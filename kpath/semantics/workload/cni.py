"""What connects pods to each other, by the images that run: routed or bridged, with addresses of the VPC or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Confidence, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.semantics.workload.capabilities import powers
from kpath.semantics.workload.context import becomes_root, linux, unsandboxed
from kpath.semantics.workload.controllers import cited, running
from kpath.semantics.workload.places import ANYWHERE, fulfilling, on_nodes
from kpath.semantics.workload.vantages import Vantage
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

VPC_CNI = ("amazon-k8s-cni",)
BRIDGES = ("flannel", "kube-router")
# They route between pods, even where a bridged plugin assigns the addresses.
ROUTERS = (*VPC_CNI, "calico", "cilium")
OVERLAYS = (*BRIDGES, "calico", "weave")


def runs(model: Model, names: tuple[str, ...]) -> Evidence:
    """The image of some running container whose name has a part, or nothing."""
    found = running(model, *names)
    return cited(model, found[0]) if found else ()


@memoised
def bridged(model: Model) -> Evidence:
    """The image of a plugin that joins the pods of a node by a bridge, where none runs that routes."""
    return () if runs(model, ROUTERS) else runs(model, BRIDGES)


@memoised
def addressed_by_vpc(model: Model) -> Verdict:
    """Whether pods have addresses of the VPC: its plugin runs, or the cluster is EKS's and nothing else is seen."""
    plugin = runs(model, VPC_CNI)
    if plugin:
        return Allowed(plugin)
    if not model.clusters:
        return Denied()
    ref, cluster = next(iter(model.clusters.items()))
    overlay, named = runs(model, OVERLAYS), (Fact(ref, "/name", cluster.name),)
    if overlay:
        return Denied(overlay)
    if runs(model, ("cilium",)):
        return Undecided(named, (Assumption("Cilium gives pods addresses of the VPC", Confidence.LOW),))
    return Allowed(named)


class Neighbours(Struct, frozen=True):
    """Pods on one bridge: who can answer in the name of whom."""

    sources: Refs
    targets: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def neighbours(model: Model) -> Iterator[Neighbours]:
    """On each node with a bridge, the pods that forge frames and the pods that they share it with."""
    why = bridged(model)
    if not why:
        return
    joined = tuple(each for each in model.pods.classes if not each.spec.host_network)
    others = _by_node(model, joined)
    for place in fulfilling(model, forges_frames, joined):
        for pods, placed, doubts in others.get(place.node.name, ()):
            because, assumes = (*why, *place.because), tuple(dict.fromkeys((*place.assumes, *doubts)))
            if ANYWHERE in assumes:
                # Whoever may come to any node meets the other wherever it is.
                because = tuple(fact for fact in because if not fact.at.endswith("/nodeName"))
            else:
                because = (*because, *placed)
            yield Neighbours(place.pods, pods, because, assumes)


def _by_node(
    model: Model, classes: tuple[PodClass, ...]
) -> Mapping[str, list[tuple[Refs, Evidence, tuple[Assumption, ...]]]]:
    found: dict[str, list[tuple[Refs, Evidence, tuple[Assumption, ...]]]] = {}
    for place in on_nodes(model, list(classes), Allowed(())):
        placed = tuple(replace(fact, of=TARGET) for fact in place.because)
        found.setdefault(place.node.name, []).append((place.pods, placed, place.assumes))
    return found


def forges_frames(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container sends frames under any address."""
    # Its network namespace belongs to its user namespace, if it has one: capabilities hold there all the same.
    for seen, held in powers(spec, vantage, "NET_RAW"):
        verdict = all_of(linux(spec, node), Allowed(vantage.because), held, becomes_root(spec, seen), unsandboxed(spec))
        if not isinstance(verdict, Denied):
            yield verdict
