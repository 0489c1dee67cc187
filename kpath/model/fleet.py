"""Several clusters as one model: what is in a cluster has its name, what is in AWS is there once.

Rules run on each cluster's own model, where nothing has the name of a cluster; this one is what queries look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
from msgspec.structs import astuple, replace

from kpath.evidence import Evidence, Fact
from kpath.model.aws import AwsTables
from kpath.model.classes import Columns, PodClass, Pods
from kpath.model.eks import OF_CLUSTERS
from kpath.model.sets import Ids, Names, Refs
from kpath.model.tables import Coverage, Model, Tables
from kpath.refs import Ref, apart, within

# The tables that are the same for every cluster; what is listed differs in Kubernetes kinds alone.
OUTSIDE = (frozenset(AwsTables.__annotations__) - OF_CLUSTERS) | {"coverage"}


class Fleet(Model):
    """The model of several clusters, each by its name."""

    def __init__(self, parts: Mapping[str, Model]) -> None:
        # Sorted as their pods are: `a-b:` comes before `a:`.
        self.parts = {name: parts[name] for name in sorted(parts, key=lambda name: f"{name}:")}
        self._numbers: dict[str, Ids] = {}
        names = Names([f"{name}:{pod}" for name, part in self.parts.items() for pod in part.names.pods])
        super().__init__(
            _united(self.parts, names),
            names,
            files={
                within(name, Ref(ref)): file for name, part in self.parts.items() for ref, file in part.files.items()
            },
            pod_files=tuple(file for part in self.parts.values() for file in part.pod_files),
            digest=_digest(self.parts),
            diagnostics=tuple(sorted({each for part in self.parts.values() for each in part.diagnostics})),
        )

    @property
    def clusters_apart(self) -> tuple[str, ...]:
        """The names of the clusters."""
        return tuple(self.parts)

    def place(self, ref: Ref) -> tuple[str, Ref]:
        """The cluster that a ref is in, and its name there; of what is in none, any will do."""
        cluster, own = apart(ref, self.parts)
        return cluster or next(iter(self.parts)), own

    def part(self, cluster: str) -> Model:
        """The model of a cluster."""
        return self.parts[cluster]

    def inside(self, cluster: str, refs: Refs) -> Refs:
        """Refs of a cluster's model as refs of this one."""
        return Refs(self.names, np.unique(self._numbered(cluster)[refs.ids]))

    def one(self, cluster: str, end: Ref | Refs) -> Ref | Refs:
        """An end of a step of a cluster as an end of a step here."""
        return within(cluster, end) if isinstance(end, Ref) else self.inside(cluster, end)

    def facts(self, cluster: str, because: Evidence) -> Evidence:
        """Facts of a cluster's objects as facts of objects here."""
        return tuple(replace(fact, of=within(cluster, fact.of)) for fact in because)

    def _numbered(self, cluster: str) -> Ids:
        """The number here of every ref of a cluster's model; refs there may still become more."""
        part = self.parts[cluster]
        known = self._numbers.get(cluster, np.zeros(0, np.int32))
        if len(known) < len(part.names):
            more = [self.names.number(within(cluster, part.names.ref(at))) for at in range(len(known), len(part.names))]
            known = self._numbers[cluster] = np.concatenate([known, np.array(more, np.int32)])
        return known

    def cited(self, because: Evidence, by: Refs | None, source: Ref, target: Ref) -> Evidence:
        """The facts of a step, by the model of the cluster that it is in."""
        cluster = next(
            (name for ref in (source, target) if (name := apart(ref, self.parts)[0])), next(iter(self.parts))
        )
        part, here = self.parts[cluster], self._called_there
        own = tuple(replace(fact, of=here(fact.of)) for fact in because)
        pods = None if by is None else part.names.refs(map(here, by))
        return self.facts(cluster, part.cited(own, pods, here(source), here(target)))

    def _called_there(self, ref: Ref) -> Ref:
        return apart(ref, self.parts)[1]

    def bound(self, fact: Fact, source: Ref, target: Ref) -> Fact:
        """The fact of one of a set's members, by the model of the cluster that it is in."""
        return self.cited((fact,), None, source, target)[0]

    def spread(self, because: Evidence, sources: Refs, targets: Refs) -> Iterator[Fact]:
        """The facts about namespaces that a set's members are in, for each of these namespaces."""
        for fact in super().spread(because, sources, targets):
            yield replace(fact, value=self._called_there(fact.of).name)


def _digest(parts: Mapping[str, Model]) -> str:
    """A hash of what was read of each cluster, whatever the order."""
    told = "".join(f"{name} {part.digest}\n" for name, part in parts.items())
    return "sha256:" + hashlib.sha256(told.encode()).hexdigest()


def _united(parts: Mapping[str, Model], names: Names) -> Tables:
    """Every table with the objects of all clusters."""
    found: dict[str, object] = {}
    for table in Tables.__struct_fields__:
        held = {name: getattr(part, table) for name, part in parts.items()}
        if all(isinstance(each, Mapping) for each in held.values()):
            pairs = ((within(name, ref), value) for name, each in held.items() for ref, value in each.items())
            found[table] = dict(sorted(pairs))
    found["spaces"], found["named_spaces"] = _spaces(parts, "spaces"), _spaces(parts, "named_spaces")
    found["nodes"] = tuple(
        replace(node, ref=within(name, node.ref)) for name, part in parts.items() for node in part.nodes
    )
    found["pods"] = _pods(parts, names)
    found["coverage"] = Coverage(
        frozenset.intersection(*(part.coverage.listed for part in parts.values())),
        frozenset[str]().union(*(part.coverage.seen for part in parts.values())),
        # What was told of AWS is the same for all of them.
        next(iter(parts.values())).coverage.accounts,
    )
    return Tables(**found)  # type: ignore[arg-type]


def _spaces(parts: Mapping[str, Model], table: str) -> frozenset[str]:
    return frozenset(f"{name}:{space}" for name, part in parts.items() for space in getattr(part, table))


def _pods(parts: Mapping[str, Model], names: Names) -> Pods:
    """The pods of one cluster after those of the other, in the order of their names."""
    classes: list[PodClass] = []
    owners: list[Ref] = []
    addresses: list[str] = []
    candidates: dict[int, tuple[int, ...]] = {}
    columns: list[Columns] = []
    nodes = files = 0
    for name, part in parts.items():
        pods, first = part.pods, len(classes)
        columns.append(
            Columns(
                pods.columns.cls + np.int32(first),
                _shifted(pods.columns.node, nodes),
                _shifted(pods.columns.owner, len(owners)),
                _shifted(pods.columns.file, files),
                _shifted(pods.columns.address, len(addresses)),
                pods.columns.alone,
            )
        )
        for number, able in pods.candidates.items():
            candidates[first + number] = tuple(nodes + each for each in able)
        classes += (_class(name, each, first) for each in pods.classes)
        owners += (within(name, each) for each in pods.owners)
        addresses += pods.addresses
        nodes, files = nodes + len(part.nodes), files + len(part.pod_files)
    joined = Columns(*(np.concatenate(each) for each in zip(*map(astuple, columns), strict=True)))
    return Pods(names, tuple(classes), joined, tuple(owners), candidates, tuple(addresses))


def _shifted(column: Ids, by: int) -> Ids:
    """Numbers of a column as those of a longer one; what is none stays none."""
    return np.where(column < 0, column, column + by).astype(np.int32)


def _class(cluster: str, each: PodClass, first: int) -> PodClass:
    origin = within(cluster, each.origin) if each.origin is not None else None
    account = within(cluster, each.service_account)
    space = f"{cluster}:{each.namespace}"
    return replace(each, number=first + each.number, namespace=space, service_account=account, origin=origin)
