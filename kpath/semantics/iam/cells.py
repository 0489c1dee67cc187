"""The cases that policies can tell apart, for keys whose values nobody here knows.

A condition can only compare. So the values of a key fall into finitely many *cells* within which every
condition gives the same answer, and one representative of each stands for them all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, localcontext
from itertools import combinations, pairwise

from kpath.semantics.iam.conditions import meets, wanted_values
from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.document import Clause
from kpath.semantics.iam.languages import witnesses
from kpath.semantics.iam.operators import Family, moment, network, number
from kpath.semantics.iam.truth import Truth

SET_VALUES_LIMIT = 5
# Enough to halve the distance of any two numbers that can be read.
DIGITS = 400

Cell = tuple[str, ...]


def cells(clauses: Sequence[Clause], context: Context) -> tuple[Cell, ...] | None:
    """A representative of every case these conditions on one key can tell apart, its absence first.

    `None` where that is not certain: values of two families, an operator or a variable that is unknown.
    """
    families = {clause.operator.family if clause.operator else None for clause in clauses} - {Family.NULL}
    if families == {Family.BOOL, Family.TEXT}:
        # Who compares a key as a boolean knows that it is one.
        families = {Family.BOOL}
    if None in families or len(families) > 1:
        return None
    wanted = [(clause, value) for clause in clauses for value in wanted_values(clause, context)]
    if any(isinstance(value, Open) for _, value in wanted):
        return None
    texts = [(clause, value) for clause, value in wanted if isinstance(value, str) and _is_compared(clause)]
    family = next(iter(families), Family.BINARY) or Family.BINARY
    found = _VALUES[family](texts)
    if found is None:
        return None
    values = _told_apart(found, [clause for clause in clauses if _is_compared(clause)], context)
    if not any(clause.operator and clause.operator.quantifier for clause in clauses):
        return ((), *((value,) for value in values))
    if len(values) > SET_VALUES_LIMIT:
        return None
    return tuple(chosen for size in range(len(values) + 1) for chosen in combinations(values, size))


def _told_apart(values: Sequence[str], clauses: Sequence[Clause], context: Context) -> tuple[str, ...]:
    """One value of those for which each condition gives the same answer."""
    wanted = [(clause.operator, wanted_values(clause, context)) for clause in clauses]
    found: dict[tuple[Truth, ...], str] = {}
    for value in values:
        met = tuple(meets(operator, patterns, value) for operator, patterns in wanted if operator is not None)
        found.setdefault(met, value)
    return tuple(found.values())


def _is_compared(clause: Clause) -> bool:
    return clause.operator is not None and clause.operator.family is not Family.NULL


Compared = Iterable[tuple[Clause, str]]


def _texts(compared: Compared) -> tuple[str, ...] | None:
    return witnesses((clause.operator.base, value) for clause, value in compared if clause.operator)


def _bools(compared: Compared) -> tuple[str, ...]:
    return ("true", "false")


def _binaries(compared: Compared) -> tuple[str, ...] | None:
    return witnesses(("equals", value.replace("$", "${$}")) for _, value in compared)


def _points(parse: Callable[[str], Decimal | None]) -> Callable[[Compared], tuple[str, ...] | None]:
    def values(compared: Compared) -> tuple[str, ...] | None:
        parsed = {parse(value) for _, value in compared}
        points = sorted(point for point in parsed if point is not None)
        if None in parsed or not points:
            return None if parsed else ("0",)
        with localcontext() as exact:
            exact.prec = DIGITS
            between = [(low + high) / 2 for low, high in pairwise(points)]
            found = sorted({*points, *between, points[0] - 1, points[-1] + 1})
        return tuple(format(point, "f") for point in found)

    return values


def _addresses(compared: Compared) -> tuple[str, ...] | None:
    networks = [network(value) for _, value in compared]
    starts = {(4, 0), (6, 0)}
    for held in networks:
        if held is None:
            return None
        starts |= {(held.version, int(held.network_address)), (held.version, int(held.broadcast_address) + 1)}
    return tuple(
        str(ipaddress.IPv4Address(start) if version == 4 else ipaddress.IPv6Address(start))
        for version, start in sorted(starts)
        if start < 2 ** (32 if version == 4 else 128)
    )


_VALUES: dict[Family, Callable[[Compared], tuple[str, ...] | None]] = {
    Family.TEXT: _texts,
    Family.NUMBER: _points(number),
    Family.DATE: _points(moment),
    Family.BOOL: _bools,
    Family.BINARY: _binaries,
    Family.ADDRESS: _addresses,
}
