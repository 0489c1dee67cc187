"""Windows on the graph for other libraries: networkx, rows for pandas."""

from __future__ import annotations

import networkx

from kpath.errors import UsageError
from kpath.graph.graph import Steps
from kpath.report import Report

# More edges than this are not written out; the count is given instead.
MOST_EDGES = 5_000_000


def networkx_of(steps: Steps, *, hubs: bool) -> networkx.MultiDiGraph:
    """The whole graph: refs as nodes with their kind, steps as edges keyed by id."""
    return _with_hubs(steps) if hubs else _expanded(steps)


def _expanded(steps: Steps) -> networkx.MultiDiGraph:
    size = sum(len(arrow.sources) * len(arrow.targets) for arrow in steps.arrows)
    if size > MOST_EDGES:
        raise UsageError(f"{size:,} steps are too many to write out (limit {MOST_EDGES:,}); use hubs=True")
    found = networkx.MultiDiGraph()
    for arrow in steps.arrows:
        for source in arrow.sources:
            for target in arrow.targets:
                if source != target:
                    found.add_node(str(source), kind=source.kind)
                    found.add_node(str(target), kind=target.kind)
                    found.add_edge(str(source), str(target), key=arrow.rule.id, confidence=str(arrow.confidence))
    return found


def _with_hubs(steps: Steps) -> networkx.MultiDiGraph:
    found, arrays, names = networkx.MultiDiGraph(), steps.layout.arrays, steps.model.names

    def named(vertex: int) -> str:
        return str(names.ref(vertex)) if vertex < arrays.refs else f"hub/{vertex - arrays.refs}"

    for tail, head, number in zip(arrays.tails.tolist(), arrays.heads.tolist(), arrays.arrow.tolist(), strict=True):
        key = steps.arrows[number].rule.id if number >= 0 else ""
        found.add_edge(named(tail), named(head), key=key)
    return found


def networkx_of_paths(report: Report) -> networkx.MultiDiGraph:
    """The steps of some paths."""
    found = networkx.MultiDiGraph()
    for path in report.paths:
        for step in path.steps:
            found.add_node(str(step.source), kind=step.source.kind)
            found.add_node(str(step.target), kind=step.target.kind)
            found.add_edge(str(step.source), str(step.target), key=step.id, confidence=str(step.confidence))
    return found


def rows(report: Report) -> list[dict[str, object]]:
    """A row per step of each path."""
    return [
        {
            "path": number,
            "step": position,
            "goal": str(path.target),
            "severity": path.severity,
            "id": step.id,
            "source": str(step.source),
            "target": str(step.target),
            "confidence": str(step.confidence),
            "evidence": "; ".join(f"{fact.of} {fact.at}={fact.value}" for fact in step.evidence),
            "assumptions": "; ".join(each.what for each in step.assumptions),
            "attack": " ".join(step.attack),
            "way": step.way,
        }
        for number, path in enumerate(report.paths)
        for position, step in enumerate(path.steps)
    ]
