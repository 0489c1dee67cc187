"""The part of a case that cells cover exactly, read at its worst for the caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from kpath.semantics.iam.case import Case, Layer
from kpath.semantics.iam.cells import Cell, cells
from kpath.semantics.iam.conditions import referenced
from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.document import Clause
from kpath.semantics.iam.operators import Family
from kpath.semantics.iam.statements import Fit
from kpath.semantics.iam.truth import Truth


def open_cells(found: Case, context: Context) -> dict[str, tuple[Cell, ...]]:
    """The cells of each open key that has any, by key.

    A key that other values are made of has more cases than its own conditions show, so it has none.
    """
    clauses = tuple(found.open_clauses(context))
    blocked = frozenset[str]().union(*(referenced(clause) for clause in clauses))
    possible = {
        key: cells(each, context) for key, each in sorted(_by_key(clauses, context).items()) if key not in blocked
    }
    return {key: each for key, each in possible.items() if each is not None}


def _by_key(clauses: Iterable[Clause], context: Context) -> dict[str, list[Clause]]:
    found: dict[str, list[Clause]] = {}
    for clause in clauses:
        if isinstance(context.values(clause.key), Open):
            found.setdefault(clause.key.lower(), []).append(clause)
    return found


def worst(found: Case, context: Context) -> Case:
    """The case without what cells do not cover: no such allow counts, no such condition spares from a denial.

    What is allowed even so is allowed, whatever the rest means.
    """
    plain = _without(found, {clause for clause in found.clauses if _is_vague(clause, context)})
    by_key = _by_key(plain.clauses, context)
    return _without(plain, {clause for each in by_key.values() for clause in _uncovered(each, context)})


def _is_vague(clause: Clause, context: Context) -> bool:
    return clause.operator is None or any(isinstance(context.values(key), Open) for key in referenced(clause))


def _uncovered(clauses: list[Clause], context: Context) -> set[Clause]:
    """The conditions on one open key that do not go together with the plainer ones."""
    if cells(clauses, context) is not None:
        return set()
    families = Counter(clause.operator.family for clause in clauses if clause.operator)
    kept: list[Clause] = []
    for clause in sorted(clauses, key=lambda each: _oddness(each, families)):
        if cells([*kept, clause], context) is not None:
            kept.append(clause)
    return set(clauses).difference(kept)


def _oddness(clause: Clause, families: Counter[Family]) -> tuple[bool, int]:
    operator = clause.operator
    return (bool(operator.quantifier), -families[operator.family]) if operator else (True, 0)


def _without(found: Case, left_out: set[Clause]) -> Case:
    def cut(layer: Layer) -> Layer:
        allows = tuple(each for each in layer.allows if _is_sure(each) and not left_out.intersection(_clauses(each)))
        return replace(layer, allows=allows, denies=tuple(_stricter(each, left_out) for each in layer.denies))

    return replace(
        found,
        identity=cut(found.identity),
        fences=tuple(cut(layer) for layer in found.fences),
        ceilings=tuple(cut(layer) for layer in found.ceilings),
        rcps=cut(found.rcps),
        resource=cut(found.resource),
    )


def _is_sure(each: Fit) -> bool:
    return each.sure is Truth.YES and not each.statement.problem


def _clauses(each: Fit) -> tuple[Clause, ...]:
    return each.statement.clauses


def _stricter(each: Fit, left_out: set[Clause]) -> Fit:
    kept = tuple(clause for clause in each.statement.clauses if clause not in left_out)
    return replace(each, sure=Truth.YES, statement=replace(each.statement, clauses=kept, problem=""))
