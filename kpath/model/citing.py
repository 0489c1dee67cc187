"""The facts of a set's members, as facts of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from kpath.evidence import NAMESPACE, SOURCE, TARGET, VIA, Evidence, Fact
from kpath.model.sets import Names, Refs
from kpath.refs import Ref, pod_of

if TYPE_CHECKING:
    from kpath.model.tables import Tables


class Citing:
    """What a model knows of the objects that facts name."""

    names: Names
    _tables: Tables

    def origin(self, ref: Ref) -> tuple[Ref, str]:
        """The object that holds a ref's facts, and the prefix of their pointers; a container's are its pod's."""
        if ref.startswith("container/"):
            ref = pod_of(ref)
        if (row := self._row(ref)) is not None:
            shape = self._tables.pods.class_of(row)
            if shape.origin is not None:
                return shape.origin, shape.prefix
        return ref, ""

    def _row(self, ref: Ref) -> int | None:
        if ref.startswith("container/"):
            ref = pod_of(ref)
        row = self.names.find(ref) if ref.startswith("pod/") else None
        return row if row is not None and row < len(self._tables.pods) else None

    def cited(self, because: Evidence, by: Refs | None, source: Ref, target: Ref) -> Evidence:
        """The facts of a set's members, as facts of two of them, and of the pod between them where there is one."""
        if by is None:
            return tuple(self.bound(fact, source, target) for fact in because)
        if target.kind == "endpoint":
            via = self._serving(by, target)
            return tuple(self._via(fact, via) or self.bound(fact, source, target) for fact in because)
        node = self._node_of(target if target.kind == "localhost" else source)
        via = self._on(by, node)
        places = dict.fromkeys(ref for ref in (source, via) if ref.kind == "pod" and self.origin(ref)[0] == ref)
        placed = tuple(
            Fact(ref, "/spec/nodeName", self._tables.nodes[node].name) for ref in places if self._is_on(ref, node)
        )
        return (*placed, *(self._via(fact, via) or self.bound(fact, source, target) for fact in because))

    def spread(self, because: Evidence, sources: Refs, targets: Refs) -> Iterator[Fact]:
        """The facts about namespaces that a set's members are in, for each of these namespaces."""
        for fact in dict.fromkeys(because):
            end, _, what = fact.of.partition("/")
            if what == NAMESPACE:
                for space in self._spaces(sources if end == SOURCE else targets):
                    yield Fact(Ref(f"ns/{space}"), fact.at, space)

    def _spaces(self, refs: Refs) -> list[str]:
        pods = self._tables.pods
        rows = refs.ids[refs.ids < len(pods)]
        found = {pods.classes[number].namespace for number in np.unique(pods.columns.cls[rows]).tolist()}
        others = (self.names.ref(number).namespace for number in refs.ids[refs.ids >= len(pods)].tolist())
        return sorted((found | set(others)) - {""})

    def _via(self, fact: Fact, via: Ref) -> Fact | None:
        """A fact of the pod between, or `None` for one of the others."""
        end, around, what = fact.of.partition("/")
        return self.bound(replace(fact, of=Ref(SOURCE + around + what)), via, via) if end == VIA else None

    def _node_of(self, source: Ref) -> int:
        """The number of the node that a ref is, or is on; -1 where that is not known."""
        if (row := self._row(source)) is not None:
            return int(self._tables.pods.columns.node[row])
        name = source.name.removeprefix("system:node:")
        return self._node_numbers.get(name, -1)

    @cached_property
    def _node_numbers(self) -> Mapping[str, int]:
        return {node.name: number for number, node in enumerate(self._tables.nodes)}

    def _on(self, pods: Refs, node: int) -> Ref:
        """The first of some pods on a node, else the first that may come there."""
        there = self._tables.pods.columns.node[pods.ids]
        for wanted in (node, -1):
            rows = pods.ids[there == wanted]
            if len(rows):
                return self.names.ref(int(rows[0]))
        return self.names.ref(int(pods.ids[0]))

    def _serving(self, pods: Refs, endpoint: Ref) -> Ref:
        """The first of some pods that serves an endpoint."""
        _, space, rest = endpoint.split("/", 2)
        kind, _, name = rest.partition("/")
        workload = Ref(f"{kind}/{space}/{name}")
        if kind == "pod":
            return workload
        owner = self._owner_numbers.get(workload, -1)
        rows = pods.ids[self._tables.pods.columns.owner[pods.ids] == owner]
        return self.names.ref(int(rows[0])) if len(rows) else workload

    @cached_property
    def _owner_numbers(self) -> Mapping[Ref, int]:
        return {owner: number for number, owner in enumerate(self._tables.pods.owners)}

    def _is_on(self, pod: Ref, node: int) -> bool:
        row = self._row(pod)
        return row is not None and node >= 0 and int(self._tables.pods.columns.node[row]) == node

    def bound(self, fact: Fact, source: Ref, target: Ref) -> Fact:
        """A fact of a set's members, or of what they are in or on, as the fact of one of them."""
        end, _, around = fact.of.partition("/")
        if end not in (SOURCE, TARGET):
            return fact
        member = source if end == SOURCE else target
        if not around:
            of, prefix = self.origin(member)
            return Fact(of, prefix + fact.at, fact.value)
        of = self._around(member, around)
        return Fact(of, fact.at, of.name if fact.at == "/metadata/name" else fact.value)

    def _around(self, member: Ref, what: str) -> Ref:
        """The namespace that a ref is in, or the node that it is on."""
        if what == NAMESPACE:
            return Ref(f"ns/{member.namespace}")
        return self._tables.nodes[self._node_of(member)].ref
