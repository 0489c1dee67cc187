"""The same answers for many subjects or resources at once: they are grouped by what the policies compare.

Two subjects that meet the same patterns get the same verdict, so one of each group is asked. Whoever is in no
group is denied.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.iam.case import is_service_linked
from kpath.semantics.iam.conditions import referenced, wanted_values
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.decide import decide, unchangeable
from kpath.semantics.iam.document import Clause, Policy, Statement
from kpath.semantics.iam.operators import Family, matches
from kpath.semantics.iam.patterns import covers_everything, literal, resource_matcher
from kpath.semantics.iam.request import ALONE, Policies, Request, Standing, account, caller, region, standard_keys
from kpath.semantics.iam.statements import relevant
from kpath.semantics.iam.trust import WEB_IDENTITY, token_keys, web_identity
from kpath.semantics.iam.truth import Truth
from kpath.semantics.iam.variables import widened
from kpath.verdict import Allowed, Denied, Verdict

Names = frozenset[str]

# What may stand for other characters, and what sorts behind all of them.
_WILD, _LAST = re.compile(r"[*?$]"), chr(0x10FFFF)


class Group(Struct, frozen=True):
    """Names with the same verdict, which is not a denial."""

    verdict: Verdict
    names: Names


def federated(
    role_trust: Policy,
    provider: Ref,
    issuer: str,
    audience: str,
    subjects: Sequence[str] | AbstractSet[str],
    *,
    rcps: tuple[Policy, ...] = (),
    owner: Standing = ALONE,
    context: Context = UNCERTAIN,
) -> tuple[Group, ...]:
    """The subjects of an issuer that may take a role, as `web_identity` says of each.

    Where `sub` is compared with whole texts they are looked up, not searched; pass a `frozenset` to share it
    between roles.
    """
    everyone = subjects if isinstance(subjects, frozenset) else frozenset(subjects)
    key = issuer.lower() + ":sub"
    statements = [found for each in (role_trust, *rcps, *owner.rcps) for found in relevant(each, WEB_IDENTITY)]
    clauses = [clause for statement in statements for clause in statement.clauses]
    known = context.over(token_keys((role_trust, *rcps, *owner.rcps), issuer) | {issuer.lower() + ":aud": (audience,)})

    def answer(subject: str) -> Verdict:
        return web_identity(role_trust, provider, issuer, subject, audience, rcps=rcps, owner=owner, context=context)

    if any(key in referenced(clause) for clause in clauses):
        return _merged((answer(subject), frozenset({subject})) for subject in sorted(everyone))
    tested = {
        _accepted(clause, value, everyone)
        for clause in clauses
        if clause.key.lower() == key
        for value in wanted_values(clause, known)
        if isinstance(value, str)
    }
    return _answered(everyone, tested, answer)


def _accepted(clause: Clause, value: str, everyone: Names) -> Names:
    operator = clause.operator
    if operator is None or operator.family is Family.NULL:
        return frozenset()
    if operator.family is Family.TEXT and operator.base == "equals":
        return everyone & {literal(value)}
    return frozenset(each for each in everyone if matches(operator, value, each) is Truth.YES)


def allowed(
    principal: Ref,
    action: str,
    policies: Policies,
    resources: Sequence[str] | AbstractSet[str],
    *,
    context: Context = UNCERTAIN,
    session: str = "",
) -> tuple[Group, ...]:
    """The resources to which a principal may do something, as `decide` says of each.

    Pass the same `frozenset` for every principal: what a pattern matches in it is then found once.
    """
    everything = resources if isinstance(resources, frozenset) else frozenset(resources)
    found: list[Group] = []
    for part in by_place(everything, action):
        first = Request(principal, action, next(iter(part)), context, session)
        known = context.over(standard_keys(first, caller(first, policies), policies))
        tested = {
            _named_by(pattern, part)
            for policy in _all(policies)
            for statement in relevant(policy, action)
            for pattern in _resource_patterns(statement, known)
        }

        def answer(resource: str) -> Verdict:
            return decide(Request(principal, action, resource, context, session), policies)

        found.extend(_answered(part, tested, answer))
    return _merged((group.verdict, group.names) for group in found)


def covered(statements: Iterable[Statement], resources: Names) -> Iterator[Group]:
    """The resources that allows cover, each with the first that does; for allows without conditions or variables."""
    left = resources
    for statement in statements:
        found = left
        if statement.resources is not None:
            named = [_named_by(value.replace("$", "${$}"), resources) for value in statement.resources.values]
            found = named[0] if len(named) == 1 else frozenset[str]().union(*named)
            found = left - found if statement.resources.negated else found if left is resources else left & found
        if found:
            yield Group(Allowed(statement.facts), found)
            left = frozenset() if found is left else left - found


@lru_cache(maxsize=4096)
def by_place(resources: Names, action: str) -> tuple[Names, ...]:
    """Resources by what a request says of them, and by whether it could change them and SCPs bind them."""
    parts: dict[tuple[object, ...], set[str]] = {}
    for resource in sorted(resources):
        place = account(resource), region(resource), unchangeable(action, resource), is_service_linked(resource)
        parts.setdefault(place, set()).add(resource)
    return (resources,) if len(parts) == 1 else tuple(_same(frozenset(part)) for part in parts.values())


@lru_cache(maxsize=4096)
def _same(names: Names) -> Names:
    """The one object for these names, so that equal sets are found equal at once."""
    return names


@lru_cache(maxsize=4096)
def _named_by(pattern: str, resources: Names) -> Names:
    if not any(mark in pattern for mark in "*?$"):
        return resources & {pattern}
    test = resource_matcher(pattern)
    if covers_everything(pattern):
        return resources
    head = _WILD.split(pattern, maxsplit=1)[0]
    names = _sorted(resources)
    return frozenset(filter(test, names[bisect_left(names, head) : bisect_right(names, head + _LAST)]))


@lru_cache(maxsize=4096)
def _sorted(names: Names) -> tuple[str, ...]:
    return tuple(sorted(names))


def _all(policies: Policies) -> Iterator[Policy]:
    single = (policies.boundary, policies.resource)
    yield from (each for each in single if each is not None)
    yield from (*policies.identity, *policies.sessions, *policies.rcps)
    for level in policies.scps:
        yield from level
    for each in policies.standings.values():
        yield from each.rcps


def _resource_patterns(statement: Statement, context: Context) -> Iterator[str]:
    for value in statement.resources.values if statement.resources else ():
        pattern = widened(value, context) if statement.variables else value.replace("$", "${$}")
        if pattern is not None:
            yield pattern


def _answered(everyone: Names, tested: Iterable[Names], answer: Callable[[str], Verdict]) -> tuple[Group, ...]:
    """One question for each group of names that the same tests accept, and one for all that none does."""
    met: dict[str, list[int]] = {}
    for number, names in enumerate(each for each in tested if len(each) != len(everyone)):
        for name in names:
            met.setdefault(name, []).append(number)
    blocks: dict[tuple[int, ...], list[str]] = {}
    for name, numbers in met.items():
        blocks.setdefault(tuple(numbers), []).append(name)
    answers = [(answer(names[0]), frozenset(names)) for names in blocks.values()]
    other = next((name for name in everyone if name not in met), None)
    if other is not None:
        verdict = answer(other)
        # The rest is most of them, and mostly denied: it is only written out where it matters.
        answers.append((verdict, _others(verdict, everyone, met)))
    return _merged(answers)


def _others(verdict: Verdict, everyone: Names, met: Mapping[str, object]) -> Names:
    if isinstance(verdict, Denied):
        return frozenset()
    return everyone.difference(met) if met else everyone


def _merged(answers: Iterable[tuple[Verdict, Names]]) -> tuple[Group, ...]:
    groups: dict[Verdict, list[Names]] = {}
    for verdict, names in answers:
        if not isinstance(verdict, Denied):
            groups.setdefault(verdict, []).append(names)
    merged = [
        Group(verdict, parts[0] if len(parts) == 1 else frozenset().union(*parts)) for verdict, parts in groups.items()
    ]
    return tuple(sorted(merged, key=lambda group: min(group.names)) if len(merged) > 1 else merged)
