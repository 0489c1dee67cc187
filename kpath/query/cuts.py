"""The cheapest set of changes after which no path is left, and why none is cheaper.

An implicit hitting set (Moreno-Centeno and Karp, The Implicit Hitting Set Approach to Solve Combinatorial Optimization
Problems, 2013): a path that is left after some changes says that one more of those that would break it is needed; the
cheapest set that meets all such demands is made and everything is derived anew, until no path is left. Every demand
holds for every set that works, so none that works is cheaper than the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from kpath.evidence import Fact
from kpath.graph.graph import Steps
from kpath.mitigations import Fix, fixes
from kpath.model.tables import Model
from kpath.query.costs import Costs
from kpath.query.paths import best, search
from kpath.query.unshifted import unshifted
from kpath.refs import Ref
from kpath.report import Path, Report
from kpath.rules import Rule
from kpath.snapshot.patch import Patch

# How many rounds are made before what was found so far is given up.
ROUNDS = 400
_TRIFLE = 1e-6


class Demand(Struct, frozen=True):
    """A path that some changes leave, and those of which one more is needed to break it."""

    path: Path
    any_of: tuple[Fix, ...]


class Chosen(Struct, frozen=True):
    """A change of a plan: what it costs, and who else may lose a step by it."""

    fix: Fix
    cost: int
    others: tuple[Ref, ...]


class Plan(Struct, frozen=True):
    """Changes after which no path is left but the `remaining` ones, which nothing that kpath knows breaks.

    `broken` are the paths that there were, `demands` why no cheaper set works: each of them has to be met.
    """

    changes: tuple[Chosen, ...]
    broken: tuple[Path, ...]
    remaining: tuple[Path, ...]
    demands: tuple[Demand, ...]
    report: Report | None = None

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The changes themselves."""
        return tuple(each.fix for each in self.changes)

    @property
    def cost(self) -> int:
        """What they cost together."""
        return sum(each.cost for each in self.changes)


class Bench(Struct, frozen=True):
    """What a plan is made with: the model after a patch, its steps by some rules, the cost of a change."""

    steps: Steps
    rules: Mapping[str, Rule]
    model: Callable[[Patch], Model]
    all_steps: Callable[[Patch], Steps]
    costs: Costs


def plan(bench: Bench, sources: Sequence[Ref], targets: Sequence[Ref]) -> Plan:
    """The cheapest changes after which none of the sources reaches any of the targets."""
    before = list(_paths(bench.steps, sources, targets))
    remaining: dict[Ref, Path] = {}
    demands: list[Demand] = []
    chosen: tuple[Fix, ...] = ()
    for _ in range(ROUNDS):
        wanted = [ref for ref in targets if ref not in remaining]
        left = list(_paths(bench.all_steps(together(chosen)), sources, wanted))
        if not left:
            broken = tuple(path for path in before if path.target not in remaining)
            changes = tuple(Chosen(fix, bench.costs.of(fix), tuple(sorted(bench.costs.others(fix)))) for fix in chosen)
            return Plan(changes, broken, tuple(remaining.values()), tuple(demands))
        for path in left:
            breaking = _breaking(bench, path, chosen)
            if breaking:
                demands.append(Demand(path, breaking))
            else:
                remaining[path.target] = path
        # What cannot be kept from a goal anyway is not worth a change for it.
        demands = [each for each in demands if each.path.target not in remaining]
        chosen = _cheapest(demands, bench.costs.of)
    raise AssertionError("no set of changes was found in as many rounds as there may be")


def together(chosen: Sequence[Fix]) -> Patch:
    """Several changes of the snapshot as it is, as one."""
    return Patch.together(each.patch for each in chosen)


def _paths(steps: Steps, sources: Sequence[Ref], targets: Sequence[Ref]) -> Iterator[Path]:
    """The best path to each target."""
    found = search(steps, sources)
    for target in targets:
        path = best(found, target) if target not in sources else None
        if path is not None:
            yield path


def _breaking(bench: Bench, path: Path, chosen: tuple[Fix, ...]) -> tuple[Fix, ...]:
    """The changes of which every set that breaks this path has one, besides those that were made and do not."""
    made = together(chosen)
    known = [each for each in candidates(bench, path, made) if each not in chosen]
    able = tuple(each for each in known if not _stands(bench, path, together((*chosen, each))))
    others = [each for each in known if each not in able]
    # What does nothing by itself may do something with others: then it counts.
    if not others or (able and _stands(bench, path, together((*chosen, *others)))):
        return able
    return tuple(known) if not _stands(bench, path, together((*chosen, *known))) else ()


def candidates(bench: Bench, path: Path, made: Patch) -> Iterator[Fix]:
    """The changes that answer a fact of a path, as changes of the snapshot before some were made."""
    new = {each.of for each in made.operations if each.op == "create"}
    facts = [
        unshifted(Fact(each.of, each.at, each.value), made)
        for _, step in path.chain()
        for each in step.evidence
        if each.of not in new
    ]
    seen: set[Patch] = set()
    for fix in fixes(bench.steps.model, facts):
        if fix.patch not in seen:
            seen.add(fix.patch)
            yield fix


def _stands(bench: Bench, path: Path, patch: Patch) -> bool:
    """Whether every step of a path can be taken after a patch, for whatever reason."""
    taken = [step for _, step in path.chain()]
    model = bench.model(patch)
    steps = Steps.of(model, [bench.rules[id_] for id_ in dict.fromkeys(step.id for step in taken)])
    for step in taken:
        needs = {str(side.steps[-1].target if side.steps else side.source) for side in step.also}
        arrows = steps.between(step.id, step.source, step.target)
        if not any({str(model.names.ref(number)) for number in arrow.also} <= needs for arrow in arrows):
            return False
    return True


def _cheapest(demands: Sequence[Demand], cost: Callable[[Fix], int]) -> tuple[Fix, ...]:
    """The cheapest changes of which each demand has one; of several such sets, always the same."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    known = sorted({fix for each in demands for fix in each.any_of}, key=lambda fix: (str(fix), fix.patch.operations))
    if not known:
        return ()
    numbers = {fix: number for number, fix in enumerate(known)}
    rows = np.zeros((len(demands), len(known)))
    for row, each in enumerate(demands):
        rows[row, [numbers[fix] for fix in each.any_of]] = 1
    costs = np.array([cost(fix) for fix in known], float) + _TRIFLE * np.arange(len(known))
    found = milp(
        costs, constraints=LinearConstraint(rows, lb=1), integrality=np.ones(len(known)), bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )  # fmt: skip
    return tuple(fix for fix, on in zip(known, found.x, strict=True) if on > 0.5)
