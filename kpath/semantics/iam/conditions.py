"""Whether a condition holds, and how to say it in words."""

from __future__ import annotations

from collections.abc import Iterable

from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.document import Clause
from kpath.semantics.iam.operators import Family, Operator, matches
from kpath.semantics.iam.truth import Truth, conjunction, disjunction, negation, truth
from kpath.semantics.iam.variables import substituted, variables

SHOWN_VALUES = 3


def holds(clause: Clause, context: Context) -> Truth:
    """Whether a condition holds in a context; `MAYBE` where a key or an operator leaves it open."""
    if clause.operator is None:
        return Truth.MAYBE
    actual = context.values(clause.key)
    if isinstance(actual, Open):
        return Truth.MAYBE
    if clause.operator.family is Family.NULL:
        return _null(clause.values, absent=not actual)
    if not actual:
        return truth(clause.operator.when_absent)
    wanted = wanted_values(clause, context)
    each = [meets(clause.operator, wanted, value) for value in actual]
    return _quantified(clause.operator, each)


def all_hold(clauses: Iterable[Clause], context: Context) -> Truth:
    """Whether every condition of a statement holds; true of none."""
    return conjunction(holds(clause, context) for clause in clauses)


def wanted_values(clause: Clause, context: Context) -> tuple[str | Open, ...]:
    """The values of a condition as patterns, without those that nothing can match."""
    if not clause.variables or clause.operator is None or clause.operator.family is not Family.TEXT:
        return tuple(value.replace("$", "${$}") for value in clause.values)
    patterns = (substituted(value, context) for value in clause.values)
    return tuple(pattern for pattern in patterns if pattern is not None)


def keys(clause: Clause) -> frozenset[str]:
    """The keys, in lower case, whose values decide a condition: its own and those of its variables."""
    return frozenset({clause.key.lower()}) | referenced(clause)


def referenced(clause: Clause) -> frozenset[str]:
    """The keys that a condition takes values from, through policy variables."""
    if not clause.variables or clause.operator is None or clause.operator.family is not Family.TEXT:
        return frozenset()
    return frozenset[str]().union(*(variables(value) for value in clause.values))


def _null(wanted: Iterable[str], *, absent: bool) -> Truth:
    return disjunction(
        Truth.MAYBE if value.lower() not in ("true", "false") else truth((value.lower() == "true") == absent)
        for value in wanted
    )


def meets(operator: Operator, wanted: Iterable[str | Open], value: str) -> Truth:
    """Whether a value is one of those that are wanted, negation aside."""
    return disjunction(
        Truth.MAYBE if isinstance(pattern, Open) else matches(operator, pattern, value) for pattern in wanted
    )


def _quantified(operator: Operator, each: list[Truth]) -> Truth:
    if operator.negated and operator.quantifier:
        each = [negation(value) for value in each]
    if operator.quantifier == "all":
        return conjunction(each)
    found = disjunction(each)
    return negation(found) if operator.negated and not operator.quantifier else found


_PHRASES: dict[tuple[Family, str], tuple[str, str]] = {
    (Family.TEXT, "equals"): ("is", "is not"),
    (Family.TEXT, "equalsignorecase"): ("is", "is not"),
    (Family.TEXT, "like"): ("matches", "does not match"),
    (Family.TEXT, "arn"): ("matches", "does not match"),
    (Family.BOOL, "bool"): ("is", "is not"),
    (Family.BINARY, "binary"): ("is", "is not"),
    (Family.ADDRESS, "address"): ("is in", "is not in"),
}
_ORDER_PHRASES = {
    "equals": ("is", "is not"),
    "lessthan": ("is below", "is at least"),
    "lessthanequals": ("is at most", "is above"),
    "greaterthan": ("is above", "is at most"),
    "greaterthanequals": ("is at least", "is below"),
}


def words(clause: Clause, *, negated: bool = False) -> str:
    """A condition as a reader would say it, or its opposite: `aws:SourceIp is not in 10.0.0.0/8`."""
    operator = clause.operator
    values = " or ".join(clause.values[:SHOWN_VALUES]) + (" or …" if len(clause.values) > SHOWN_VALUES else "")
    if operator is None:
        return f"{clause.key} {'fails' if negated else 'meets'} {clause.written} {values}"
    if operator.family is Family.NULL:
        absent = clause.values[:1] != ("false",)
        return f"{clause.key} is {'absent' if absent is not negated else 'present'}"
    phrases = _PHRASES.get((operator.family, operator.base)) or _ORDER_PHRASES[operator.base]
    subject = clause.key
    if operator.quantifier:
        every = (operator.quantifier == "all") is not negated
        subject = f"{'every' if every else 'some'} value of {clause.key}"
    said = f"{subject} {phrases[operator.negated is not negated]} {values or 'anything'}"
    if operator.if_exists:
        said += " and is present" if negated else " or is absent"
    return said
