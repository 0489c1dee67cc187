"""Model → every step that some rule derives from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.model.tables import Model
from kpath.rules import Block, Rule, Step


def derived(model: Model, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Step]]:
    """Run rules, each on a view of the tables that it declares."""
    for rule in rules:
        for found in rule.steps(model.view(rule.reads)):
            if isinstance(found, Step):
                yield rule, found


def blocks(model: Model, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Block]]:
    """Run rules for what is kept away."""
    for rule in rules:
        for found in rule.steps(model.view(rule.reads)):
            if isinstance(found, Block):
                yield rule, found
