"""The facts behind a verdict, and the assumptions it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.evidence import Assumption, Evidence
from kpath.semantics.iam.case import Case, Layer, allowing, applies, open_to, routes
from kpath.semantics.iam.conditions import holds, keys, words
from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.document import Clause, Statement, doubt
from kpath.semantics.iam.request import Request
from kpath.semantics.iam.statements import Caller, Fit, Manner, field, named, relevant, resource_fit
from kpath.semantics.iam.truth import Truth
from kpath.verdict import Allowed, Denied, Undecided

SHOWN_FACTS = 8


def allowed(found: Case, contexts: Iterable[Context]) -> Allowed:
    """Allowed by these statements, which between them cover every context."""
    return Allowed(_facts(each for context in contexts for each in _witnesses(found, context)))


def undecided(found: Case, context: Context, best: Context) -> Undecided:
    """Allowed if what is left open in `context` turns out as in `best`."""
    used = _unique(_witnesses(found, best))
    forbidding = [each for each in found.denies if applies(each, context) is Truth.MAYBE]
    assumes = [assumption for each in used for assumption in _if_it_applies(each, context)]
    assumes += [assumption for each in forbidding for assumption in _if_it_does_not(each, context)]
    return Undecided(_facts(used), tuple(dict.fromkeys(assumes)))


def denied(found: Case, request: Request, who: Caller, context: Context) -> Denied:
    """Denied by a statement, or by what the nearest allows lack."""
    forbidding = [each for each in found.denies if applies(each, context) is Truth.YES]
    if forbidding:
        return Denied(forbidding[0].statement.facts)
    short = [layer for layer in found.layers[:-1] if allowing(layer, context) is not Truth.YES]
    lacks = [
        fact for layer in short for fact in _shortfall(layer, request, who, context, names=layer is found.resource)
    ]
    maybe = [each for each in found.denies if applies(each, context) is Truth.MAYBE]
    return Denied(tuple(dict.fromkeys(lacks)) or _facts(maybe))


def _witnesses(found: Case, context: Context) -> Iterator[Fit]:
    """One allow for each layer of the most open route: a conjunction, no more than it takes."""
    route = max(routes(found), key=lambda each: open_to(each, found, context))
    chosen = [(layer, Manner.NOT) for layer in route.layers]
    if route.resource is not None:
        chosen.insert(0, (found.resource, route.resource))
    for layer, manner in chosen:
        fits = [each for each in layer.allows if each.manner >= manner]
        if fits:
            yield max(fits, key=lambda each: applies(each, context))


def _unique(fits: Iterable[Fit]) -> list[Fit]:
    return list({id(each.statement): each for each in fits}.values())


def _facts(fits: Iterable[Fit]) -> Evidence:
    return tuple(dict.fromkeys(fact for each in _unique(fits) for fact in each.statement.facts))


def _if_it_applies(each: Fit, context: Context) -> Iterator[Assumption]:
    statement = each.statement
    if statement.problem:
        yield doubt(statement)
        return
    yield from (Assumption(f"if {text}") for text in each.doubts)
    for clause in _left_open(statement, context):
        yield Assumption(f"if {words(clause)} ({statement.name})")


def _if_it_does_not(each: Fit, context: Context) -> Iterator[Assumption]:
    statement = each.statement
    if statement.problem:
        yield doubt(statement)
        return
    left = _left_open(statement, context)
    if each.doubts:
        bound = [*each.doubts, *(words(clause) for clause in left)]
        yield Assumption(f"unless {' and '.join(bound)} (then denied by {statement.name})")
    else:
        spared = " or ".join(words(clause, negated=True) for clause in left)
        yield Assumption(f"if {spared} (else denied by {statement.name})")


def _left_open(statement: Statement, context: Context) -> list[Clause]:
    left = [clause for clause in statement.clauses if holds(clause, context) is Truth.MAYBE]
    theirs = [clause for clause in left if not _is_chosen(clause, context)]
    return theirs or left


def _is_chosen(clause: Clause, context: Context) -> bool:
    return clause.operator is not None and all(context.values(key) is not Open.UNKNOWN for key in keys(clause))


def _shortfall(layer: Layer, request: Request, who: Caller, context: Context, *, names: bool) -> Evidence:
    """What keeps the layer's nearest allows from applying; what else it allows, if none speaks of the action."""
    near = [
        _lacks(statement, request, who, context, names=names)
        for policy in layer.policies
        for statement in relevant(policy, request.action)
        if statement.effect == "Allow" and not statement.problem
    ]
    lacking = [lacks for lacks in near if lacks]
    if lacking:
        fewest = min(len(lacks) for lacks in lacking)
        return tuple(fact for lacks in lacking if len(lacks) == fewest for facts in lacks for fact in facts)
    others = (each for policy in layer.policies for each in policy.statements if each.effect == "Allow")
    return tuple(fact for each in others for fact in field(each, "Action", "NotAction"))[:SHOWN_FACTS]


def _lacks(
    statement: Statement, request: Request, who: Caller, context: Context, *, names: bool
) -> tuple[Evidence, ...]:
    """The facts, field by field, for which a statement does not apply."""
    failing = []
    if names and named(statement, who)[0] is not Truth.YES:
        failing.append(field(statement, "Principal", "NotPrincipal"))
    if resource_fit(statement, request.resource, context) is not Truth.YES:
        failing.append(field(statement, "Resource", "NotResource"))
    refuted = [clause for clause in statement.clauses if holds(clause, context) is Truth.NO]
    unmet = refuted or [clause for clause in statement.clauses if holds(clause, context) is Truth.MAYBE]
    if unmet:
        failing.append(tuple(clause.fact for clause in unmet))
    return tuple(failing)
