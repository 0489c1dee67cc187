"""The known ways to raise privileges in AWS, from the table beside this file: a new way is a new row."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from msgspec import Struct, convert
from msgspec.structs import replace

from kpath.semantics.iam.document import Policy, Statement
from kpath.semantics.iam.patterns import matches_action
from kpath.semantics.iam.request import Policies

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PUBLISHED = "https://github.com/DataDog/pathfinding.cloud/blob/84dd65c/"

Actions = frozenset[str]


class Kind(Struct, frozen=True):
    """What runs as a role: how to call one, and the call that shows them with their roles.

    `lists` is the call that names all there are, where that is another one; `arn` what is asked for them, and `within`
    for what they are in.
    """

    what: str
    call: str
    arn: str
    lists: str = ""
    within: str = ""
    name: str = ""


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One way as it is written."""

    id: str
    rule: str
    needs: tuple[str, ...]
    service: str = ""
    runs: str = ""
    given: str = ""
    call: str = ""
    also: str = ""
    parent: str = ""
    source: str = ""


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    kinds: Mapping[str, Kind]
    path: tuple[Row, ...]


class Need(Struct, frozen=True):
    """A permission, and what it is asked for: `SERVICE:REGION:ACCOUNT:REST`, or nothing."""

    action: str
    resource: str


class Way(Struct, frozen=True):
    """One way to raise privileges; `actions` are the permissions that it takes."""

    id: str
    rule: str
    needs: tuple[Need, ...]
    actions: tuple[str, ...]
    service: str
    runs: Kind | None
    given: str
    call: str
    also: str
    parent: str
    source: str

    @property
    def link(self) -> str:
        """Where it was published, or nothing."""
        return PUBLISHED + self.source if self.source else ""


@cache
def ways() -> tuple[Way, ...]:
    """Every way in the table, simpler ones before those that drop a prerequisite of theirs."""
    table = _table()
    return tuple(_way(row, table.kinds) for row in sorted(table.path, key=lambda row: (bool(row.parent), row.id)))


@cache
def of_rule(rule: str) -> tuple[Way, ...]:
    """The ways of one rule."""
    return tuple(way for way in ways() if way.rule == rule)


def _table() -> Table:
    text = (files("kpath.semantics.iam.escalation") / "paths.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text), Table)


def _way(row: Row, kinds: Mapping[str, Kind]) -> Way:
    needs = tuple(Need(action, resource) for action, _, resource in (each.partition(" ") for each in row.needs))
    runs = replace(kinds[row.runs], name=row.runs) if row.runs else None
    return Way(
        row.id, row.rule, needs, tuple(dict.fromkeys(need.action for need in needs)), row.service, runs,
        row.given, row.call, row.also, row.parent, row.source,
    )  # fmt: skip


@cache
def _universe() -> Actions:
    return frozenset(need.action for way in ways() for need in way.needs)


def granted(policies: Policies) -> Actions:
    """The actions of the table that the policies may allow, on some resource and under some condition."""
    found = _union(policies.identity)
    for fence in ((policies.boundary,), policies.sessions, *policies.scps):
        if fence and fence[0] is not None:
            found &= _union(each for each in fence if each is not None)
    return found


def _union(policies: Iterable[Policy]) -> Actions:
    return frozenset[str]().union(*map(_allowed, policies))


@lru_cache(maxsize=65536)
def _allowed(policy: Policy) -> Actions:
    return frozenset[str]().union(*(_spoken_of(each) for each in policy.statements if each.effect != "Deny"))


def _spoken_of(statement: Statement) -> Actions:
    if statement.problem or statement.actions is None:
        return _universe()
    named = frozenset[str]().union(*map(_matching, statement.actions.values))
    return _universe() - named if statement.actions.negated else named


@lru_cache(maxsize=65536)
def _matching(pattern: str) -> Actions:
    return frozenset(action for action in _universe() if matches_action(pattern, action))
