"""A report in the shape that programs rely on."""

from __future__ import annotations

from kpath.evidence import Assumption
from kpath.report import Cited, Path, Report, StepTaken

Json = dict[str, object]


def report_shape(report: Report) -> Json:
    """The one object that `paths -o json` prints."""
    snapshot: Json = {
        "digest": report.snapshot.digest,
        "coverage": [{"kind": each.kind, "state": each.state} for each in report.snapshot.coverage],
    }
    if report.snapshot.clusters:
        snapshot["clusters"] = list(report.snapshot.clusters)
    return {
        "version": report.version,
        "snapshot": snapshot,
        "source": str(report.source),
        "to": str(report.to),
        "assume": report.assume,
        "verdict": report.verdict,
        "missing": list(report.missing),
        "paths": [path_shape(path) for path in report.paths],
        "folded": list(report.folded),
        "diagnostics": [{"of": each.of, "what": each.what} for each in report.diagnostics],
    }


def path_shape(path: Path) -> Json:
    """One path."""
    return {
        "source": str(path.source),
        "target": str(path.target),
        "severity": path.severity,
        "confidence": str(path.confidence),
        "steps": [step_shape(step) for step in path.steps],
        "broken_by": list(path.broken_by),
        "like": [str(ref) for ref in path.like],
        "others": [str(ref) for ref in path.others],
    }


def step_shape(step: StepTaken) -> Json:
    """One step, with the way it is taken where it has several."""
    found: Json = {
        "id": step.id,
        "source": str(step.source),
        "target": str(step.target),
        "evidence": [cited_shape(fact) for fact in step.evidence],
        "assumptions": [assumption_shape(each) for each in step.assumptions],
        "confidence": str(step.confidence),
        "attack": list(step.attack),
        "difficulty": step.difficulty,
        "noise": step.noise,
        "gain": step.gain,
        "breaks": list(step.breaks),
        "also": [path_shape(path) for path in step.also],
    }
    return found | {"way": step.way} if step.way else found


def cited_shape(fact: Cited) -> Json:
    """One fact, with its file where it has one."""
    found: Json = {"of": str(fact.of), "at": fact.at, "value": None if fact.value is None else str(fact.value)}
    return found | {"file": fact.file} if fact.file else found


def assumption_shape(assumption: Assumption) -> Json:
    """One assumption."""
    return {"what": assumption.what, "confidence": str(assumption.confidence), "missing": assumption.missing}
