"""What the whole cluster stands open to: the worst that can be reached from anywhere, one entry for each cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kpath.graph.graph import Steps
from kpath.model.tables import Model
from kpath.query.paths import grouped, interchangeable, path_of, rank, search
from kpath.query.select import goals
from kpath.refs import Ref
from kpath.report import Path

# Where an attacker may come in, and what nobody should come to.
FROM, TO = ("internet", "pod/*"), ("cluster-admin", "aws-admin", "node")

# Goals on the way to which one is past something worse, which has an entry of its own.
_WORSE = {"node": frozenset({"cluster-admin", "aws-admin"})}

# Namespaces of what a cluster runs for itself.
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})

# Refs of which one is like another: which node it is makes no other cause.
_ALIKE = frozenset({"node", "imds", "aws-session", "kubelet", "disk", "files"})

# Steps of these families are let in by an object that their targets name; of others, by the pod they start from.
_ELSEWHERE = frozenset({"token", "metadata", "network", "identity"})


def overview(steps: Steps, sources: Sequence[Ref], *, everything: bool) -> tuple[list[Path], list[str]]:
    """The best path from each source to the nearest goal of each kind, by cause; and lines on what was folded."""
    listed = [path for kind in TO for path in _to_kind(steps, sources, kind)]
    kept, system = list[Path](), dict[Ref, None]()
    for path in listed:
        if not everything and any(step.target.kind in _WORSE.get(path.target.kind, ()) for step in path.steps):
            continue
        if not everything and path.source.namespace in SYSTEM:
            system[grouped(steps.model, path.source)] = None
        else:
            kept.append(path)
    merged = kept if everything else [_merged(group) for group in _by_cause(steps.model, kept)]
    lines = (
        [f"{_counted(len(system))} in {', '.join(sorted({ref.namespace for ref in system}))} by which one gets as far"]
        if system
        else []
    )
    return sorted(merged, key=rank), lines


def _counted(number: int) -> str:
    return f"{number:,} workload" + "s" * (number != 1)


def _to_kind(steps: Steps, sources: Sequence[Ref], kind: str) -> Iterator[Path]:
    """The best path from each source to any goal of a kind; of interchangeable sources, from the first."""
    targets = [number for ref in goals(steps) if ref.kind == kind and (number := steps.start(ref)) is not None]
    if not targets:
        return
    firsts: dict[object, Ref] = {}
    for ref in sources:
        firsts.setdefault(interchangeable(steps.model, ref), ref)
    onward = steps.network.toward(targets)
    maybe = steps.network.reaching(targets, needs_met=True)
    nowhere = search(steps, ())
    for source in firsts.values():
        start = steps.start(source)
        if start is None or start in targets:
            continue
        if onward.reaches(start):
            yield path_of(nowhere, onward.way(start))
        elif maybe[start]:
            found = search(steps, [source])
            reached = [number for number in targets if found.nearest.distances[number] < float("inf")]
            if reached:
                nearest = min(reached, key=lambda number: float(found.nearest.distances[number]))
                yield path_of(found, found.nearest.way(nearest))


def _by_cause(model: Model, paths: Sequence[Path]) -> list[list[Path]]:
    groups: dict[object, list[Path]] = {}
    for path in paths:
        groups.setdefault(_cause(model, path), []).append(path)
    return list(groups.values())


def _cause(model: Model, path: Path) -> object:
    """What makes two paths one mistake: the same steps by way of the same things, whoever starts."""
    passed = tuple(step.target.kind if step.target.kind in _ALIKE else step.target for step in path.steps[:-1])
    first = path.steps[0]
    own = None if first.family in _ELSEWHERE and passed else grouped(model, path.source)
    return path.target.kind, own, passed, tuple(step.id for step in path.steps)


def _merged(group: list[Path]) -> Path:
    first, *others = sorted(group, key=rank)
    return replace(first, others=tuple(sorted({path.source for path in others} - {first.source})))
