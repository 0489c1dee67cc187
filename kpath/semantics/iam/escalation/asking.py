"""What one principal may do of what the ways take: to things that are there, or to one that it picks itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from kpath.evidence import Assumption, confidence
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.decide import decide, unchangeable
from kpath.semantics.iam.document import Policy, Statement
from kpath.semantics.iam.escalation.table import Actions, Need, Way, granted
from kpath.semantics.iam.patterns import literal, resource_matcher
from kpath.semantics.iam.request import Policies, Request, account, caller, standard_keys
from kpath.semantics.iam.sets import Group, Names, allowed, by_place, covered
from kpath.semantics.iam.statements import relevant, resource_fit
from kpath.semantics.iam.truth import Truth
from kpath.semantics.iam.variables import widened
from kpath.verdict import Allowed, Denied, Verdict, all_of, any_of

Groups = tuple[Group, ...]

# Where an attacker may make something, the likeliest first.
_REGIONS = {
    "aws": ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
            "eu-north-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
            "ap-southeast-2", "ca-central-1", "sa-east-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"), "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
}  # fmt: skip
_OF_REGION = frozenset({"aws:requestedregion", "ec2:region"})
# The name of something that an attacker makes.
_NAME = "kpath"
# Names of documents that AWS keeps to itself.
_RESERVED = re.compile("document/(?i:aws|amazon|amzn)")
# More names than this nobody tells apart on purpose.
_MOST = 64


class Taken(Struct, frozen=True):
    """A way that a principal can take to each of some others; facts of `TARGET` are facts of one of them."""

    way: Way
    verdict: Verdict
    names: Names


class Asker:
    """A principal with what binds it."""

    def __init__(self, principal: Ref, policies: Policies) -> None:
        self.principal, self.policies = principal, policies
        self._free: dict[tuple[str, tuple[str, ...]], Verdict] = {}
        self._over: dict[tuple[object, ...], Groups] = {}
        self._speaking: dict[str, list[Statement] | None] = {}
        self._is_capped = bool(policies.boundary or policies.sessions or policies.scps)
        self._guards = tuple(dict.fromkeys(guard for each in policies.standings.values() for guard in each.rcps))

    @property
    def partition(self) -> str:
        return self.principal.split(":", 2)[1]

    def may(self, action: str, resource: str, context: Context = UNCERTAIN) -> Verdict:
        """Whether it may do one thing to one thing."""
        plain = self._plainly(action, resource)
        return plain or decide(Request(self.principal, action, resource, context), self.policies)

    def _plainly(self, action: str, resource: str) -> Verdict | None:
        """What `decide` says, where nothing but allows without conditions speak of it; else `None`."""
        owner = account(resource)
        if owner not in ("", self.principal.account) or unchangeable(action, resource):
            return None
        speaking = self._plain(action)
        if speaking is None:
            return None
        for each in speaking:
            if resource_fit(each, resource, UNCERTAIN) is Truth.YES:
                return Allowed(each.facts)
        return Denied()

    def _plain(self, action: str) -> list[Statement] | None:
        """What speaks of an action, where that is nothing but allows without conditions."""
        if action not in self._speaking:
            found = [each for policy in self.policies.identity for each in relevant(policy, action)]
            fenced = self._is_capped or any(relevant(each, action) for each in self._guards)
            self._speaking[action] = None if fenced or not all(map(_is_plain, found)) else found
        return self._speaking[action]

    def over(self, action: str, names: Names, context: Context = UNCERTAIN) -> Groups:
        """The things to which it may do something."""
        speaking = self._plain(action) if names else []
        # What asks for no conditions is the same whatever is known of them.
        key = (action, names, None if speaking is not None else tuple(sorted(context.known.items())))
        if key not in self._over:
            self._over[key] = tuple(self._asked(action, names, speaking, context)) if speaking != [] else ()
        return self._over[key]

    def _asked(self, action: str, names: Names, speaking: list[Statement] | None, context: Context) -> Iterator[Group]:
        for part in by_place(names, action):
            first = next(iter(part))
            if speaking is None or account(first) not in ("", self.principal.account):
                yield from allowed(self.principal, action, self.policies, part, context=context)
            elif not unchangeable(action, first):
                yield from covered(speaking, part)

    def picks(self, needs: Iterable[Need]) -> Verdict:
        """Whether it may do some things to things of which it picks the name: the same for all that are of one kind."""
        by_kind: dict[str, dict[str, None]] = {}
        for need in needs:
            by_kind.setdefault(need.resource, {})[need.action] = None
        return all_of(*(self._picked(kind, tuple(actions)) for kind, actions in by_kind.items()))

    def _picked(self, kind: str, actions: tuple[str, ...]) -> Verdict:
        if (kind, actions) not in self._free:
            found: list[Verdict] = []
            for name in self._names(kind, actions):
                found.append(all_of(*(self.may(action, name) for action in actions)))
                if not found[-1].assumes and not isinstance(found[-1], Denied):
                    break
            self._free[kind, actions] = any_of(*found)
        return self._free[kind, actions]

    def _names(self, kind: str, actions: tuple[str, ...]) -> Iterator[str]:
        """Names that the policies tell apart, one that they do not speak of first."""
        if not kind:
            yield "*"
            return
        shape = _shape(kind, self.partition, self.principal.account)
        here = _REGIONS.get(self.partition, (_NAME,))
        yield from _examples(shape, here[:1], ())
        patterns: dict[str, None] = {}
        regions = {here[0]: None}
        for action in actions:
            request = Request(self.principal, action)
            known = UNCERTAIN.over(standard_keys(request, caller(request, self.policies), self.policies))
            patterns.update(dict.fromkeys(_patterns(self._policies(), action, known)))
            if named := frozenset(_regions(self._policies(), action)):
                regions.update(dict.fromkeys((*here, *sorted(named))))
        yield from _examples(shape, tuple(regions), tuple(sorted(patterns)))[1:]

    def _policies(self) -> Iterator[Policy]:
        yield from self.policies.identity
        yield from (self.policies.boundary,) if self.policies.boundary is not None else ()
        yield from self.policies.sessions
        for level in self.policies.scps:
            yield from level
        yield from self._guards


def _is_plain(statement: Statement) -> bool:
    """Whether a statement allows, on no condition, and takes nothing from the request."""
    resources = statement.resources.values if statement.resources else ()
    is_allow = statement.effect == "Allow" and not statement.problem and not statement.clauses
    return is_allow and not any("${" in each for each in resources)


def _shape(kind: str, partition: str, account: str) -> str:
    """The pattern of the ARNs of a kind that are one's own."""
    service, region, owner, rest = kind.split(":", 3)
    return f"arn:{partition}:{service}:{region}:{account if owner else ''}:{rest}"


def _patterns(policies: Iterable[Policy], action: str, known: Context) -> Iterator[str]:
    for each in policies:
        for statement in relevant(each, action):
            for value in statement.resources.values if statement.resources else ():
                pattern = widened(value, known) if statement.variables else value.replace("$", "${$}")
                if pattern is not None:
                    yield pattern


def _regions(policies: Iterable[Policy], action: str) -> Iterator[str]:
    """The regions that conditions name."""
    for each in policies:
        for statement in relevant(each, action):
            for clause in statement.clauses:
                if clause.key.lower() in _OF_REGION:
                    yield from map(_filled, clause.values)


@lru_cache(maxsize=65536)
def _examples(shape: str, here: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """ARNs of a shape that patterns tell apart: each region, also those they name, with each name, plainest first."""
    *fixed, rest = shape.split(":", 5)
    head = rest.partition("*")[0]
    found = [each.split(":", 5) for each in patterns if each.count(":") > 4]
    everywhere = dict.fromkeys((*here, *(_filled(parts[3]) for parts in found)))
    regions = everywhere if fixed[3] == "*" else {fixed[3]: None}
    wanted = [parts[5] for parts in found if parts[2] in (fixed[2], "*")]
    joined = (one + other for one in wanted for other in wanted if one.endswith("*") and other.startswith("*"))
    rests = dict.fromkeys((rest, *wanted, *(head + each for each in wanted), *joined))
    names = dict.fromkeys(
        name
        for name in map(_filled, rests)
        if resource_matcher(rest)(name) and not (fixed[4] and _RESERVED.match(name))
    )
    return tuple(
        f"{':'.join((*fixed[:3], where, fixed[4]))}:{name}" for name in islice(names, _MOST) for where in regions
    )


def _filled(pattern: str) -> str:
    return literal(pattern.replace("${*}", "\0").replace("*", _NAME).replace("\0", "${*}").replace("?", "x"))


@memoised
def askers(model: Model) -> Mapping[Ref, tuple[Asker, Actions]]:
    """Every principal that may do something of what the ways take, with what."""
    found = {}
    for principal, policies in principals(model).items():
        actions = granted(policies)
        if actions:
            found[principal] = Asker(principal, policies), actions
    return found


def meet(first: Groups, second: Groups) -> Groups:
    """Those for which both hold."""
    found = []
    for one in first:
        for other in second:
            names = one.names if one.names is other.names else one.names & other.names
            if names:
                found.append(Group(all_of(one.verdict, other.verdict), names))
    return tuple(found)


def given(way: Way) -> tuple[Assumption, ...]:
    """What else must hold for a way."""
    return (Assumption(way.given, missing=way.call),) if way.given else ()


def simplest(taken: Iterable[Taken]) -> Iterator[Taken]:
    """Of a way and its simpler parent the parent, except where the way is surer."""
    every = list(taken)
    by_way: dict[str, list[Taken]] = {}
    by_parent: dict[str, list[Taken]] = {}
    for each in every:
        by_way.setdefault(each.way.id, []).append(each)
        by_parent.setdefault(each.way.parent, []).append(each)
    for each in every:
        simpler, fuller = by_way.get(each.way.parent, ()), by_parent.get(each.way.id, ())
        sure = confidence(each.verdict.assumes) if simpler or fuller else 0
        better = [other for other in simpler if confidence(other.verdict.assumes) >= sure]
        better += [other for other in fuller if confidence(other.verdict.assumes) > sure]
        names = each.names.difference(*(other.names for other in better)) if better else each.names
        if names:
            yield Taken(each.way, each.verdict, names)
