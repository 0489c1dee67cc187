"""Volumes that some pods can write and others mount."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, TARGET, Assumption, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.claims import claimed
from kpath.semantics.workload.facts import doubt, text
from kpath.semantics.workload.hostpaths import covers, inside, is_harmless, touches
from kpath.semantics.workload.mounts import host_mounts
from kpath.semantics.workload.places import Place, on_nodes
from kpath.semantics.workload.vantages import vantages
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = frozenset({"pods", "nodes", "claims"})
TRUSTED = doubt("the other pod runs or trusts what the volume holds")
ON_ONE_NODE = doubt("both pods are on the one node that the volume is attached to")


class Shared(Struct, frozen=True):
    """Pods that write to a volume, pods that mount it, and why they are the same volume."""

    writers: Refs
    readers: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


T = TypeVar("T")
# By what is shared, those who use it in one way: the part that they see of it, and why.
Uses = dict[str, dict[tuple[str, Verdict], list[T]]]


def by_claim(model: Model) -> Iterator[Shared]:
    """The pods of a namespace that mount one claim, and see the same part of it."""
    writers: Uses[Refs] = {}
    readers: Uses[Refs] = {}
    for each in claimed(model):
        _use(readers, each.claim, each.mount.path, Allowed(each.mount.because), each.pods)
        _use(writers, each.claim, each.mount.path, all_of(Allowed(each.mount.because), each.mount.writable), each.pods)
    for claim in sorted(writers):
        several = _several(model, Ref(claim))
        for (part, written), makers in writers[claim].items() if not isinstance(several, Denied) else ():
            for (other, seen), users in readers[claim].items():
                if covers(part, other) or inside(part, other):
                    both = all_of(written, _aimed(seen), several)
                    for some, others in _meeting(model, reduce(or_, makers), reduce(or_, users), several):
                        yield _shared(some, others, both.because, both.assumes)


def _meeting(model: Model, makers: Refs, users: Refs, several: Verdict) -> Iterator[tuple[Refs, Refs]]:
    """Those who may mount a claim at once: all of them, or, of a volume for one node, those who may be on one."""
    if ON_ONE_NODE not in several.assumes:
        yield makers, users
        return
    there = _by_nodes(model, users)
    for nodes, pods in _by_nodes(model, makers).items():
        near = [others for wanted, others in there.items() if not nodes.isdisjoint(wanted)]
        if near:
            yield pods, reduce(or_, near)


def _by_nodes(model: Model, pods: Refs) -> dict[frozenset[int], Refs]:
    """Pods by the node that they are on, or by those that they may come to."""
    columns, groups = model.pods.columns, dict[frozenset[int], list[int]]()
    for row in pods.ids.tolist():
        node = int(columns.node[row])
        nodes = (node,) if node >= 0 else model.pods.candidates[int(columns.cls[row])]
        groups.setdefault(frozenset(nodes), []).append(row)
    return {nodes: Refs(model.names, np.array(rows, np.int32)) for nodes, rows in groups.items()}


def _several(model: Model, claim: Ref) -> Verdict:
    """Whether several pods may mount a claim at once."""
    stored = model.claims.get(claim)
    if stored is None:
        return Undecided((), (doubt(f"{claim} may be mounted by several pods", "persistentvolumeclaims"),))
    modes = stored.spec.access_modes
    because = (Fact(claim, "/spec/accessModes", text(modes)),)
    if not modes or "ReadWriteMany" in modes:
        return Allowed(because)
    return Undecided(because, (ON_ONE_NODE,)) if "ReadWriteOnce" in modes else Denied(because)


def by_host_path(model: Model) -> Iterator[Shared]:
    """The pods of a node that mount one path of it, or paths of which one lies in the other."""
    writers, readers = _users_of_paths(model)
    seen = {path: list(_placed(model, readers, path)) for path in sorted(readers)}
    for path in sorted(writers):
        there: dict[Ref, list[Place]] = {}
        for place in (each for near in seen if touches(path, (near,)) for each in seen[near]):
            there.setdefault(place.node.ref, []).append(place)
        for place in _placed(model, writers, path):
            for other in there[place.node.ref]:
                because = (*place.because, *_aimed(Allowed(other.because)).because)
                found = _shared(place.pods, other.pods, because, (*place.assumes, *other.assumes))
                # On most nodes most of those who use a path are the one pod of a DaemonSet.
                if len(found.readers):
                    yield found


def _users_of_paths(model: Model) -> tuple[Uses[PodClass], Uses[PodClass]]:
    writers: Uses[PodClass] = {}
    readers: Uses[PodClass] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            for mount in host_mounts(each.spec, vantage):
                if not is_harmless(mount.path):
                    seen = all_of(Allowed(vantage.because), mount.exposed)
                    _use(readers, mount.path, "/", seen, each)
                    _use(writers, mount.path, "/", all_of(seen, mount.writable), each)
    return writers, readers


def _use(uses: Uses[T], what: str, part: str, verdict: Verdict, each: T) -> None:
    if not isinstance(verdict, Denied):
        uses.setdefault(what, {}).setdefault((part, verdict), []).append(each)


def _placed(model: Model, uses: Uses[PodClass], path: str) -> Iterator[Place]:
    for (_, verdict), classes in uses[path].items():
        yield from (place for place in on_nodes(model, classes, verdict) if place.node.compute != "fargate")


def _aimed(verdict: Verdict) -> Verdict:
    """What holds of the source of a step, said of its target."""
    because = tuple(replace(fact, of=TARGET) if fact.of == SOURCE else fact for fact in verdict.because)
    return replace(verdict, because=because)


def _shared(writers: Refs, readers: Refs, because: Evidence, assumes: tuple[Assumption, ...]) -> Shared:
    others = readers.without(next(iter(writers))) if len(writers) == 1 else readers
    return Shared(writers, others, because, tuple(dict.fromkeys((*assumes, TRUSTED))))
