"""Which labels a node may give itself, and the pods that follow labels.

Source: Kubernetes documentation, Admission Control (NodeRestriction) and Well-Known Labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import TARGET, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import NodeTerm, PodSpec

READS = frozenset({"pods"})

_DOMAINS = ("kubernetes.io", "k8s.io")
# Within those, what NodeRestriction leaves to the kubelet.
_OWN_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
_OWN = frozenset({
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
})  # fmt: skip

# What kubelets tell of themselves: on a node of the right kind these pods run anyway.
_BORN = frozenset({"kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch"})

_AFFINITY = pointer("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
_WANTED = frozenset({"In", "Exists", "Gt", "Lt"})

# The labels that a pod asks for, each with the field that does, and its value.
Asked = tuple[tuple[str, Fact], ...]


def is_settable(key: str) -> bool:
    """Whether a kubelet may set a label on its own node."""
    domain = key.rpartition("/")[0]
    return key in _OWN or _is_within(domain, _OWN_DOMAINS) or not _is_within(domain, _DOMAINS)


def _is_within(domain: str, areas: tuple[str, ...]) -> bool:
    return any(domain == each or domain.endswith(f".{each}") for each in areas)


class Steered(Struct, frozen=True):
    """Pods that a controller makes anew, and the labels of nodes that they ask for."""

    pods: Refs
    because: Evidence


def attracted(model: Model) -> Iterator[Steered]:
    """The pods that follow nothing but labels which a node may give itself."""
    for ways, pods in _steered(model).items():
        for way in [each for each in ways if _draws(each)][:1]:
            yield Steered(pods, tuple(fact for _, fact in way))


def _draws(way: Asked) -> bool:
    """Whether a node can give itself every label, and some that not each node is born with."""
    return all(is_settable(key) for key, _ in way) and any(key not in _BORN for key, _ in way)


def walled_off(model: Model) -> Iterator[Steered]:
    """The pods that follow a label which a node may not give itself."""
    for ways, pods in _steered(model).items():
        walls = [[fact for key, fact in way if not is_settable(key)] for way in ways]
        if all(walls):
            yield Steered(pods, tuple(dict.fromkeys(wall[0] for wall in walls)))


def _ways(spec: PodSpec) -> tuple[Asked, ...]:
    """The labels that bring a pod to a node, in each of the ways that its affinity leaves; none if it comes anyhow."""
    selected = tuple(
        (key, Fact(TARGET, pointer("spec", "nodeSelector", key), value))
        for key, value in sorted((spec.node_selector or {}).items())
    )
    affinity = spec.affinity.node_affinity if spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    ways = [selected]
    if required is not None:
        # What names a node by its field is no label; the controller of a DaemonSet puts it into each pod.
        ways = [(*selected, *_of_term(at, each)) for at, each in enumerate(required.node_selector_terms or ())]
    return tuple(dict.fromkeys(ways)) if all(ways) else ()


def _of_term(number: int, term: NodeTerm) -> Iterator[tuple[str, Fact]]:
    for index, each in enumerate(term.match_expressions or ()):
        if each.operator in _WANTED:
            at = pointer("nodeSelectorTerms", number, "matchExpressions", index, "key")
            yield each.key, Fact(TARGET, _AFFINITY + at, each.key)


@memoised
def _steered(model: Model) -> Mapping[tuple[Asked, ...], Refs]:
    """By the labels that they ask for, the pods that have a controller."""
    groups: dict[tuple[Asked, ...], list[PodClass]] = {}
    for each in model.pods.classes:
        if ways := _ways(each.spec):
            groups.setdefault(ways, []).append(each)
    found: dict[tuple[Asked, ...], Refs] = {}
    for ways, classes in groups.items():
        pods = model.pods.of(classes)
        owned = pods.ids[model.pods.columns.owner[pods.ids] >= 0]
        if len(owned):
            found[ways] = Refs(model.names, owned)
    return found
