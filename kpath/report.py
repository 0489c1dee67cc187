"""The frozen result: all that a renderer sees."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Fact
from kpath.model.tables import Diagnostic
from kpath.refs import Ref


class Cited(Struct, frozen=True, omit_defaults=True):
    """A fact, and the file it came from."""

    of: Ref
    at: str
    value: str | None
    file: str | None = None


class StepTaken(Struct, frozen=True):
    """One step of a path, between two refs, with the evidence of its best witness.

    `way` is the published id of the variant that was taken, where there are several: `lambda-001`.
    """

    id: str
    verb: str
    family: str
    source: Ref
    target: Ref
    evidence: tuple[Cited, ...]
    assumptions: tuple[Assumption, ...]
    confidence: Confidence
    attack: tuple[str, ...]
    difficulty: int
    noise: int
    gain: int
    breaks: tuple[str, ...]
    witnesses: int = 1
    also: tuple[Path, ...] = ()
    way: str = ""


class Path(Struct, frozen=True):
    """A chain of steps to a goal.

    `like` are further goals reached by the same steps, `others` further sources from which one mistake leads there.
    """

    source: Ref
    target: Ref
    severity: str
    steps: tuple[StepTaken, ...]
    broken_by: tuple[str, ...] = ()
    like: tuple[Ref, ...] = ()
    others: tuple[Ref, ...] = ()

    def chain(self) -> Iterator[tuple[int, StepTaken]]:
        """The steps of the path, each once and behind those by which one comes to hold what it needs besides.

        The number says how deep a side chain is; it is 0 for the path's own steps.
        """
        taken: set[tuple[str, Ref, Ref]] = set()
        for deep, step in self._chain(0):
            if (step.id, step.source, step.target) not in taken:
                taken.add((step.id, step.source, step.target))
                yield deep, step

    def _chain(self, deep: int) -> Iterator[tuple[int, StepTaken]]:
        for step in self.steps:
            for side in step.also:
                yield from side._chain(deep + 1)
            yield deep, step

    @property
    def confidence(self) -> Confidence:
        """A path is as sure as its weakest step."""
        return min((step.confidence for _, step in self.chain()), default=Confidence.HIGH)

    def explain(self) -> str:
        """Every step with its evidence, as text."""
        from kpath.render.explained import explained

        return explained(self)


class Kind(Struct, frozen=True):
    """What was collected of one kind: `listed` as a whole, `seen` in part, or `missing`."""

    kind: str
    state: str


class Snapshot(Struct, frozen=True):
    """What the answer rests on; `clusters` names them where there are several."""

    digest: str
    coverage: tuple[Kind, ...]
    name: str = ""
    pods: int = 0
    nodes: int = 0
    accounts: int = 0
    clusters: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """The answer to a question about paths."""

    version: str
    snapshot: Snapshot
    source: str
    to: str
    assume: str
    verdict: str
    paths: tuple[Path, ...]
    folded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def plain(value: object) -> object:
    """A report as plain JSON values, in the shape that programs rely on."""
    return msgspec.to_builtins(value, enc_hook=_encoded)


def _encoded(value: object) -> object:
    return str(value)


__all__ = ["Cited", "Fact", "Kind", "Path", "Report", "Snapshot", "StepTaken", "plain"]
