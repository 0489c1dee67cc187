"""Which tags policies ask about, and things by the values they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.semantics.iam.account import principals

Known = tuple[tuple[str, tuple[str, ...]], ...]

_TAGS = re.compile(r"[a-z0-9-]+:resourcetag/(.+)")


def alike(model: Model, things: Mapping[str, Mapping[str, str] | None]) -> Iterator[tuple[frozenset[str], Known]]:
    """Things by the values of those of their tags that policies ask about; of `None` nothing is known."""
    groups: dict[Known, list[str]] = {}
    asked = _asked(model)
    for arn, tags in sorted(things.items()) if asked else ():
        held = {key.lower(): value for key, value in (tags or {}).items()}
        known = tuple((key, (held[name],) if name in held else ()) for key, name in asked)
        groups.setdefault(known if tags is not None else (), []).append(arn)
    yield from ((frozenset(group), known) for known, group in groups.items())
    if things and not asked:
        yield frozenset(things), ()


@memoised
def _asked(model: Model) -> tuple[tuple[str, str], ...]:
    """The condition keys by which policies ask for tags, with the name of the tag."""
    policies = {id(each): each for found in principals(model).values() for each in found.identity}
    policies |= {id(found.boundary): found.boundary for found in principals(model).values() if found.boundary}
    policies |= {id(each): each for found in principals(model).values() for level in found.scps for each in level}
    keys = {
        clause.key.lower()
        for policy in policies.values()
        for statement in policy.statements
        for clause in statement.clauses
    }
    return tuple(sorted((key, match[1]) for key in keys if (match := _TAGS.fullmatch(key))))


def untagged(model: Model) -> Known:
    """What is known of the tags of something that has none."""
    return tuple((key, ()) for key, _ in _asked(model))
