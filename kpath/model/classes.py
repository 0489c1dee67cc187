"""Pods by the thousand, as columns of integers over a few shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kpath.model.sets import Ids, Names, Refs
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref

Labels = tuple[tuple[str, str], ...]


class PodClass(Struct, frozen=True):
    """Pods that no rule can tell apart, except by name and node.

    A `planned` pod is known from its manifest only: what admission adds is not in it
    yet. `origin` is the controller that the pods stand in for where no pod was
    collected; their facts are then facts of its template, found at `prefix`.
    """

    number: int
    namespace: str
    spec: PodSpec
    labels: Labels
    service_account: Ref
    planned: bool = False
    origin: Ref | None = None
    prefix: str = ""


class Columns(Struct, frozen=True):
    """A number for each pod: its class, its node, its owner, the file it came from, its addresses; -1 for none.

    A pod is `alone` if nothing at all owns it, not even a controller that we do not know.
    """

    cls: Ids
    node: Ids
    owner: Ids
    file: Ids
    address: Ids
    alone: NDArray[np.bool_]


class Pods:
    """All pods: row i is the pod with number i.

    A pod that is on no node yet may come to any of its class's `candidates`.
    """

    def __init__(
        self,
        names: Names,
        classes: tuple[PodClass, ...],
        columns: Columns,
        owners: tuple[Ref, ...],
        candidates: Mapping[int, tuple[int, ...]],
        addresses: tuple[str, ...] = (),
    ) -> None:
        self.names, self.classes, self.columns = names, classes, columns
        self.owners, self.candidates, self.addresses = owners, candidates, addresses

    def __len__(self) -> int:
        return len(self.columns.cls)

    @cached_property
    def _by_class(self) -> tuple[Ids, NDArray[np.intp]]:
        """The rows class by class, node by node within each, and where each class begins."""
        order = np.lexsort((self.columns.node, self.columns.cls)).astype(np.int32)
        return order, np.searchsorted(self.columns.cls[order], np.arange(len(self.classes) + 1))

    @cached_property
    def _nodes(self) -> int:
        """One more than the highest number of a node."""
        return (
            int(
                max(
                    self.columns.node.max(initial=-1), *(max(each, default=-1) for each in self.candidates.values()), -1
                )
            )
            + 1
        )

    def _rows(self, classes: Iterable[PodClass]) -> Ids:
        """The rows of some classes, sorted."""
        order, starts = self._by_class
        numbers = sorted({each.number for each in classes})
        slices = [order[starts[number] : starts[number + 1]] for number in numbers]
        return np.sort(np.concatenate(slices)) if slices else np.zeros(0, np.int32)

    def of(self, classes: Iterable[PodClass]) -> Refs:
        """The pods of some classes."""
        return Refs(self.names, self._rows(classes))

    def whereabouts(self, classes: Iterable[PodClass]) -> tuple[Refs, Ids, Ids]:
        """The pods of some classes, the nodes that some are on, and the nodes that others may come to."""
        pods = self.of(classes)
        return (pods, *self.places(pods))

    def places(self, pods: Refs) -> tuple[Ids, Ids]:
        """The nodes that some pods are on, and the nodes that the others may come to."""
        rows = pods.ids
        there = np.unique(self.columns.node[rows])
        unplaced = np.unique(self.columns.cls[rows[self.columns.node[rows] < 0]]).tolist()
        maybe = sorted({node for number in unplaced for node in self.candidates[number]})
        return there[there >= 0], np.array(maybe, np.int32)

    def on(self, pods: Refs, nodes: Ids) -> Refs:
        """Those of some pods that are on some nodes."""
        # The last flag is that of -1, of the pods that are on none.
        wanted = np.zeros(self._nodes + 1, np.bool_)
        # A node without pods may have a number above theirs.
        wanted[nodes[nodes < self._nodes]] = True
        return Refs(self.names, pods.ids[wanted[self.columns.node[pods.ids]]])

    def per_node(self, pods: Refs) -> Iterator[tuple[int, Refs, bool]]:
        """Some pods, node by node, and whether they are there for certain."""
        rows = pods.ids
        rows = rows[np.argsort(self.columns.node[rows], kind="stable")]
        nodes = self.columns.node[rows]
        edges = [0, *(np.flatnonzero(np.diff(nodes)) + 1).tolist(), len(rows)]
        for start, end in pairwise(edges):
            if start == end:
                continue
            node, group = int(nodes[start]), rows[start:end]
            if node >= 0:
                yield node, Refs(self.names, group), True
            else:
                yield from self._anywhere(group)

    def _anywhere(self, rows: Ids) -> Iterator[tuple[int, Refs, bool]]:
        groups: dict[tuple[int, ...], list[int]] = {}
        for row in rows.tolist():
            groups.setdefault(self.candidates[int(self.columns.cls[row])], []).append(row)
        for nodes, members in groups.items():
            pods = Refs(self.names, np.array(members, np.int32))
            yield from ((node, pods, False) for node in nodes)

    def those(self, pods: Refs, is_one: Callable[[PodClass], bool]) -> tuple[Refs, Refs]:
        """Some pods parted: those whose class is one of the wanted, and the others."""
        wanted = np.array([is_one(each) for each in self.classes], np.bool_)[self.columns.cls[pods.ids]]
        return Refs(self.names, pods.ids[wanted]), Refs(self.names, pods.ids[~wanted])

    def owned_by(self, controller: Ref) -> Refs:
        """The pods of a controller, through its ReplicaSets or Jobs as well."""
        numbers = [number for number, each in enumerate(self.owners) if each == controller]
        return Refs(self.names, np.flatnonzero(np.isin(self.columns.owner, numbers)).astype(np.int32))

    def class_of(self, number: int) -> PodClass:
        return self.classes[int(self.columns.cls[number])]

    def owner_of(self, number: int) -> Ref | None:
        """The controller at the top of a pod's owners, or `None`."""
        owner = int(self.columns.owner[number])
        return self.owners[owner] if owner >= 0 else None
