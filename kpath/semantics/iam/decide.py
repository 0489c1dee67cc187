"""Whether a request is allowed, with the statements that make it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kpath.semantics.iam.case import Case, case, standing
from kpath.semantics.iam.cells import Cell
from kpath.semantics.iam.certain import open_cells, worst
from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.reasons import allowed, denied, undecided
from kpath.semantics.iam.request import Policies, Request, caller, standard_keys
from kpath.semantics.iam.statements import Caller
from kpath.semantics.iam.truth import Truth
from kpath.verdict import Allowed, Denied, Verdict

# How many cases may be looked at for one question.
CASES_LIMIT = 20_000

# Who one is, one is told even where a policy denies it.
UNBOUND = "sts:getcalleridentity"


def decide(request: Request, policies: Policies) -> Verdict:
    """Whether a principal may do something to a resource, and why.

    `Undecided` where that hangs on something the snapshot does not hold: then the verdict names it.
    """
    who = caller(request, policies)
    if unchangeable(request.action, request.resource):
        return Denied()
    if request.action.lower() == UNBOUND:
        return Allowed(())
    return verdict(request, policies, who, request.context.over(standard_keys(request, who, policies)))


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
    outcomes = _outcomes(found, context)
    if _all(outcomes, Truth.NO):
        return denied(found, request, who, context)
    for part in (found, worst(found, context)):
        cases = outcomes if part is found else _outcomes(part, context)
        if _all(cases, Truth.YES):
            return allowed(part, tuple(outcome.context for outcome in cases))
    best = max(outcomes, key=lambda outcome: outcome.standing, default=_Outcome(base, context))
    return undecided(found, context, best.context)


class _Outcome(Struct, frozen=True):
    standing: Truth
    context: Context


def _outcomes(found: Case, context: Context) -> tuple[_Outcome, ...]:
    """What comes out in every case the policies can tell apart, where the caller chooses what it may."""
    possible = open_cells(found, context)
    unknown = [key for key in possible if context.values(key) is not Open.CHOSEN]
    # What the caller picks, it picks knowing the rest.
    keys = [*unknown, *(key for key in possible if key not in unknown)]
    if not keys:
        return ()
    search = _Search(found, possible, len(unknown))
    try:
        return tuple(search.outcomes(context, keys))
    except _TooManyError:
        return ()


class _TooManyError(Exception):
    """More cases than anybody would wait for."""


class _Search:
    """Case by case, key by key; what some keys decide alone is not asked again for each value of the others."""

    def __init__(self, found: Case, possible: Mapping[str, tuple[Cell, ...]], unknown: int) -> None:
        self.found, self.possible = found, possible
        self.chosen, self.left = len(possible) - unknown, CASES_LIMIT

    def outcomes(self, context: Context, keys: Sequence[str]) -> Iterator[_Outcome]:
        """Those of the cases in which the keys that are left have any of their values."""
        here = self._here(context)
        if here.standing is not Truth.MAYBE or not keys:
            yield here
        elif len(keys) <= self.chosen:
            yield self._best(here, keys)
        else:
            for cell in self.possible[keys[0]]:
                yield from self.outcomes(context.given({keys[0]: cell}), keys[1:])

    def _best(self, here: _Outcome, keys: Sequence[str]) -> _Outcome:
        """The best that the caller can make of the keys it chooses."""
        if here.standing is not Truth.MAYBE or not keys:
            return here
        best: _Outcome | None = None
        for cell in self.possible[keys[0]]:
            tried = self._best(self._here(here.context.given({keys[0]: cell})), keys[1:])
            if best is None or tried.standing > best.standing:
                best = tried
            if best.standing is Truth.YES:
                break
        return best or here

    def _here(self, context: Context) -> _Outcome:
        self.left -= 1
        if self.left < 0:
            raise _TooManyError
        return _Outcome(standing(self.found, context), context)


def _all(outcomes: tuple[_Outcome, ...], value: Truth) -> bool:
    return bool(outcomes) and all(outcome.standing is value for outcome in outcomes)
