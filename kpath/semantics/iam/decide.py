"""Whether a request is allowed, with the statements that make it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from msgspec import Struct

from kpath.semantics.iam.case import Case, case, standing
from kpath.semantics.iam.cells import Cell
from kpath.semantics.iam.certain import open_cells, worst
from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.reasons import allowed, denied, undecided
from kpath.semantics.iam.request import Policies, Request, caller, standard_keys
from kpath.semantics.iam.statements import Caller
from kpath.semantics.iam.truth import Truth
from kpath.verdict import Denied, Verdict

KEYS_LIMIT = 6
CELLS_LIMIT = 4096


def decide(request: Request, policies: Policies) -> Verdict:
    """Whether a principal may do something to a resource, and why.

    `Undecided` where that hangs on something the snapshot does not hold: then the verdict names it.
    """
    who = caller(request, policies)
    if unchangeable(request.action, request.resource):
        return Denied()
    return verdict(request, policies, who, request.context.over(standard_keys(request, who)))


_CHANGES = ("add", "attach", "create", "delete", "detach", "put", "remove", "set", "update")
_FIXED = ("/aws-reserved/", "/aws-service-role/")


def unchangeable(action: str, resource: str) -> bool:
    """Whether the action would change what only AWS can: its managed policies and the roles it reserves."""
    service, _, name = action.lower().partition(":")
    if service != "iam" or not name.startswith(_CHANGES) or name.endswith("servicelinkedrole"):
        return False
    is_aws_policy = resource.partition(":iam::")[2].startswith("aws:policy/")
    return is_aws_policy or (":role/" in resource and any(path in resource for path in _FIXED))


def verdict(request: Request, policies: Policies, who: Caller, context: Context) -> Verdict:
    """The verdict for a caller of any kind, with everything that is known of the condition keys."""
    found = case(request, policies, who, context)
    base = standing(found, context)
    if base is Truth.YES:
        return allowed(found, (context,))
    if base is Truth.NO:
        return denied(found, request, who, context)
    outcomes = tuple(_outcomes(found, context))
    if _all(outcomes, Truth.NO):
        return denied(found, request, who, context)
    for part in (found, worst(found, context)):
        cases = outcomes if part is found else tuple(_outcomes(part, context))
        if _all(cases, Truth.YES):
            return allowed(part, tuple(outcome.context for outcome in cases))
    best = max(outcomes, key=lambda outcome: outcome.standing, default=_Outcome(base, context))
    return undecided(found, context, best.context)


class _Outcome(Struct, frozen=True):
    standing: Truth
    context: Context


def _outcomes(found: Case, context: Context) -> Iterator[_Outcome]:
    """What comes out in every case the policies can tell apart, where the caller chooses what it may."""
    possible = open_cells(found, context)
    chosen = {key: each for key, each in possible.items() if context.values(key) is Open.CHOSEN}
    unknown = {key: each for key, each in possible.items() if key not in chosen}
    if not possible or len(possible) > KEYS_LIMIT or prod(map(len, possible.values())) > CELLS_LIMIT:
        return
    for given in _assignments(unknown):
        best: _Outcome | None = None
        for choice in _assignments(chosen):
            cell = context.given({**given, **choice})
            outcome = _Outcome(standing(found, cell), cell)
            if best is None or outcome.standing > best.standing:
                best = outcome
            if best.standing is Truth.YES:
                break
        if best is not None:
            yield best


def _all(outcomes: tuple[_Outcome, ...], value: Truth) -> bool:
    return bool(outcomes) and all(outcome.standing is value for outcome in outcomes)


def _assignments(possible: Mapping[str, tuple[Cell, ...]]) -> Iterator[dict[str, Cell]]:
    return (dict(zip(possible, picked, strict=True)) for picked in product(*possible.values()))
