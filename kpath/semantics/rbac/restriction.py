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

Selector = tuple[tuple[str, str], ...]


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
    for selector, pods in _steered(model).items():
        if all(is_settable(key) for key, _ in selector):
            yield Steered(pods, tuple(_asked(key, value) for key, value in selector))


def walled_off(model: Model) -> Iterator[Steered]:
    """The pods that follow a label which a node may not give itself."""
    for selector, pods in _steered(model).items():
        for key, value in [each for each in selector if not is_settable(each[0])][:1]:
            yield Steered(pods, (_asked(key, value),))


def _asked(key: str, value: str) -> Fact:
    return Fact(TARGET, pointer("spec", "nodeSelector", key), value)


@memoised
def _steered(model: Model) -> Mapping[Selector, Refs]:
    """By selector, the pods that have a controller."""
    groups: dict[Selector, list[PodClass]] = {}
    for each in model.pods.classes:
        if each.spec.node_selector:
            groups.setdefault(tuple(sorted(each.spec.node_selector.items())), []).append(each)
    found: dict[Selector, Refs] = {}
    for selector, classes in groups.items():
        pods = model.pods.of(classes)
        owned = pods.ids[model.pods.columns.owner[pods.ids] >= 0]
        if len(owned):
            found[selector] = Refs(model.names, owned)
    return found
