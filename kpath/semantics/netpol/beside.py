"""What policies have no say in: connections between a node and the pods on it.

Source: Kubernetes documentation, Network Policies ("a pod cannot be blocked from … the node where it is running");
Calico's and Cilium's documentation for what a pod sends to its own node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kpath.model.sets import Ids
from kpath.model.tables import Model
from kpath.semantics.netpol.addresses import at_node
from kpath.semantics.netpol.engine import Engine

Flags = NDArray[np.bool_]
EVERY_KIND = ("InternalIP", "ExternalIP")


def reaches_own_node(engines: Iterable[Engine]) -> bool | None:
    """Whether a pod may send to its own node whatever its policies say; `None` where one engine asks them, one not."""
    answers = {not each.asks_at_own_node for each in engines if each.enforces}
    return None if len(answers) == 2 else True in answers


class Whereabouts:
    """The nodes of groups of pods or addresses: a row per group, a column per node."""

    def __init__(self, surely: Flags, perhaps: Flags) -> None:
        self.surely, self.perhaps = surely, perhaps

    def facing(self, other: Whereabouts) -> tuple[Flags, Flags]:
        """For each group of this and each of the other, whether they share a node for certain, and perhaps."""
        sure = _meet(self.surely, other.surely)
        is_same = np.array_equal(self.surely, self.perhaps) and np.array_equal(other.surely, other.perhaps)
        return sure, sure if is_same else _meet(self.perhaps, other.perhaps)


def whereabouts(model: Model, pods: Ids, group_of: Ids, groups: int) -> Whereabouts:
    """Where the pods of each group are; one that is on no node yet may come to any."""
    surely = np.zeros((groups, len(model.nodes)), np.bool_)
    node = model.pods.columns.node[pods]
    surely[group_of[node >= 0], node[node >= 0]] = True
    perhaps = surely.copy()
    perhaps[group_of[node < 0]] = True
    return Whereabouts(surely, perhaps)


def of_addresses(model: Model, addresses: Sequence[int | None]) -> Whereabouts:
    """The nodes that single addresses are of; of `None`, none."""
    surely = np.zeros((len(addresses), len(model.nodes)), np.bool_)
    own = {value: number for number, node in enumerate(model.nodes) for value in at_node(node, *EVERY_KIND)}
    for row, each in enumerate(addresses):
        if each is not None and each in own:
            surely[row, own[each]] = True
    return Whereabouts(surely, surely)


def on_host(model: Model, pods: Ids) -> Flags:
    """Which of some pods have the address of their node."""
    hosts = np.array([bool(each.spec.host_network) for each in model.pods.classes], np.bool_)
    return hosts[model.pods.columns.cls[pods]] if len(hosts) else np.zeros(len(pods), np.bool_)


def _meet(one: Flags, other: Flags) -> Flags:
    """For each row of one and each of the other, whether they have a column in common."""
    from scipy.sparse import csr_array

    shared: Flags = (csr_array(one, dtype=np.int32) @ csr_array(other, dtype=np.int32).T).toarray() > 0
    return shared
