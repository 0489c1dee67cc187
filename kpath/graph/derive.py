"""Model → every step that some rule derives from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.model.tables import Model
from kpath.rules import Barrier, Block, Holds, Rule, Step


def derived(model: Model, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Step]]:
    """Run rules, each on a view of the tables that it declares."""
    for rule in rules:
        for step in rule.steps(model.view(rule.reads)):
            yield rule, step


def blocks(model: Model, barriers: Iterable[Barrier], holds: Holds) -> Iterator[tuple[str, Block]]:
    """What keeps somebody who holds certain refs from further steps, with the id of the step."""
    for each in barriers:
        for block in each.blocks(model.view(each.reads), holds):
            yield each.id, block
