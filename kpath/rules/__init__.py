"""Attack steps: what a rule is, and all of them.

One file per step in a folder per family; its id is its file name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from msgspec import Struct, field

from kpath.discover import discover
from kpath.errors import RuleError
from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.snapshot.patch import Patch


class Step(Struct, frozen=True):
    """Whoever holds any of `sources`, and all of `also`, can take every one of `targets`, because of evidence.

    Facts of `VIA` are facts of the one of the pods `by` that is on the node of the source, or on the
    one whose loopback is the target. `way` is the id under which the technique's variant is known elsewhere.
    """

    sources: Ref | Refs
    targets: Ref | Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()
    also: tuple[Ref, ...] = ()
    by: Refs | None = None
    way: str = ""


class Change(Struct, frozen=True):
    """Whoever holds any of `sources` can change the object `of` by a patch, because of evidence.

    What derives from the patched model and rests on a field that the patch sets enters the graph with the change as
    its `also`. A patch of nothing opens nothing that kpath evaluates.
    """

    sources: Ref | Refs
    of: Ref
    patch: Patch
    because: Evidence
    assumes: tuple[Assumption, ...] = ()

    def step(self, rule: str) -> Step:
        """The step of having made the change."""
        return Step(self.sources, changed(rule, self.of), self.because, self.assumes)


def changed(rule: str, of: Ref) -> Ref:
    """What it is to have changed an object by a step: `change/NS_LABEL_EDIT/ns/shop`."""
    return Ref(f"change/{rule}/{of}")


class Block(Struct, frozen=True):
    """A step that facts keep away: what `why-not` shows."""

    sources: Ref | Refs
    targets: Ref | Refs
    because: Evidence


class Rule(Struct, frozen=True):
    """One attack technique: `steps` derives every step of it from a model.

    `difficulty`, `noise` and `gain` run from 1 to 5; `reads` are the tables that
    `steps` may use; `breaks` the mitigations that can break it.
    """

    id: str
    verb: str
    family: str
    summary: str
    prose: Mapping[str, str]
    attack: tuple[str, ...]
    difficulty: int
    noise: int
    gain: int
    reads: frozenset[str]
    breaks: tuple[str, ...]
    steps: Callable[[Model], Iterator[Step | Change]] = field(default=lambda model: iter(()))


def rule(
    *,
    verb: str,
    attack: tuple[str, ...],
    difficulty: int,
    noise: int,
    gain: int,
    reads: set[str] | frozenset[str],
    breaks: tuple[str, ...] = (),
) -> Callable[[Callable[[Model], Iterator[Step | Change]]], Rule]:
    """Make a rule of a function; its docstring is the catalogue's page."""

    def made(function: Callable[[Model], Iterator[Step | Change]]) -> Rule:
        summary, prose = _sections(inspect.getdoc(function) or "")
        if not summary or "When" not in prose:
            raise RuleError(f"{function.__name__} needs a docstring with a summary and a section `When:`")
        *_, family, _name = function.__module__.split(".")
        return Rule(
            function.__name__.upper(), verb, family, summary, prose, attack, difficulty, noise, gain,
            frozenset(reads), tuple(sorted(breaks)), function,
        )  # fmt: skip

    return made


def _sections(doc: str) -> tuple[str, dict[str, str]]:
    """The first line of a docstring, and its sections by heading."""
    summary, _, rest = doc.partition("\n")
    sections: dict[str, list[str]] = {}
    heading = ""
    for line in rest.splitlines():
        if line.endswith(":") and line[:1].isupper() and " " not in line:
            heading = line[:-1]
            sections[heading] = []
        elif heading:
            sections[heading].append(line.strip())
    return summary.strip(), {name: " ".join(filter(None, lines)) for name, lines in sections.items()}


Holds = Callable[[Ref], bool]


class Barrier(Struct, frozen=True):
    """What keeps a step of one technique away from somebody who holds certain refs."""

    id: str
    reads: frozenset[str]
    blocks: Callable[[Model, Holds], Iterator[Block]] = field(default=lambda model, holds: iter(()))


def barrier(of: Rule) -> Callable[[Callable[[Model, Holds], Iterator[Block]]], Barrier]:
    """Make a barrier of a function that stands beside its rule: asked for by `why-not`, and by nothing else."""
    return lambda function: Barrier(of.id, of.reads, function)


@cache
def barriers() -> Mapping[str, Barrier]:
    """Every barrier that kpath ships, by the id of its rule."""
    return discover("kpath.rules", Barrier, every=False)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule that kpath ships, by id."""
    return discover("kpath.rules", Rule)
