"""What the whole cluster stands open to: the worst that can be reached from anywhere, one entry for each cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpath.graph.graph import Steps
from kpath.model.tables import Model
from kpath.query.paths import grouped, merged, nearest_of, rank
from kpath.query.select import goals
from kpath.refs import Ref
from kpath.report import Path

# Where an attacker may come in, and what nobody should come to.
FROM, TO = ("internet", "pod/*"), ("cluster-admin", "aws-admin", "node")

# Goals on the way to which one is past something worse, which has an entry of its own.
_WORSE = {"node": frozenset({"cluster-admin", "aws-admin"})}

LESSER = "goals beside cluster-admin, aws-admin and nodes, which are asked for with --to or --from"

# How many entries are shown before the rest is counted.
_SHOWN = 40

# Namespaces of what a cluster runs for itself.
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})

# Refs of which one is like another: which node it is makes no other cause.
_ALIKE = frozenset({"node", "imds", "aws-session", "kubelet", "disk", "files"})

# Steps of these families are let in by an object that their targets name; of others, by the pod they start from.
_ELSEWHERE = frozenset({"token", "metadata", "network", "identity"})


def overview(
    steps: Steps, sources: Sequence[Ref], *, everything: bool, max_steps: int | None
) -> tuple[list[tuple[Path, list[Path]]], list[str]]:
    """The best path from each source to the nearest goal of each kind, by cause; and lines on what was folded."""
    kept, system = list[Path](), dict[Ref, None]()
    for path in (path for kind in TO for path in _to_kind(steps, sources, kind)):
        is_past = any(step.target.kind in _WORSE.get(path.target.kind, ()) for step in path.steps)
        if (max_steps is not None and len(path.steps) > max_steps) or (is_past and not everything):
            continue
        if steps.model.place(path.source)[1].namespace in SYSTEM and not everything:
            system[grouped(steps.model, path.source)] = None
        else:
            kept.append(path)
    groups = [[path] for path in kept] if everything else _by_cause(steps.model, kept)
    entries = sorted(map(merged, groups), key=lambda each: rank(each[0]))
    shown = entries if everything else entries[:_SHOWN]
    lines = [LESSER] if kept or system else []
    if len(shown) < len(entries):
        lines.append(f"{len(entries) - len(shown):,} more entries; --all shows them")
    if system:
        places = ", ".join(sorted({ref.namespace for ref in system}))
        lines.append(f"{_counted(len(system))} in {places} by which one gets as far; --all shows them")
    return shown, lines


def _counted(number: int) -> str:
    return f"{number:,} workload" + "s" * (number != 1)


def _to_kind(steps: Steps, sources: Sequence[Ref], kind: str) -> Iterator[Path]:
    """The best path from each source to any goal of a kind."""
    targets = [number for ref in goals(steps) if ref.kind == kind and (number := steps.start(ref)) is not None]
    if targets:
        yield from nearest_of(steps, sources, targets)


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
