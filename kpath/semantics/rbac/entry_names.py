"""Users and groups that an access entry can name, and who may name which.

Source: Amazon EKS user guide, Create access entries (names that it reserves).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import able as iam
from kpath.semantics.iam.able import Able, Call, able
from kpath.semantics.iam.account import principals

READS = iam.READS | {"bindings"}

RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_KEYS = {"group": "eks:kubernetesgroups", "user": "eks:username"}


@memoised
def nameable(model: Model) -> tuple[Ref, ...]:
    """The users and groups that bindings name and that an access entry or a provider of tokens may name, too."""
    found = {
        Ref(f"{subject.kind.lower()}/{subject.name}")
        for binding in model.bindings.values()
        for subject in binding.subjects or ()
        if subject.kind in ("User", "Group") and subject.name and not subject.name.startswith(RESERVED)
    }
    return tuple(sorted(found))


def named(model: Model, action: str, on: frozenset[str], known: iam.Known = ()) -> Iterator[tuple[Able, Refs]]:
    """Who may put which of these users and groups into an access entry."""
    for kind, key in _KEYS.items():
        names = [name for name in nameable(model) if name.kind == kind]
        if key not in mentioned(model) and names:
            given = (*known, (key, (names[0].name,)))
            yield from ((each, model.names.refs(names)) for each in able(model, Call(action, on, given)))
            continue
        for name in names:
            given = (*known, (key, (name.name,)))
            yield from ((each, model.names.refs([name])) for each in able(model, Call(action, on, given)))


@memoised
def mentioned(model: Model) -> frozenset[str]:
    """The condition keys that policies of principals speak of."""
    return frozenset(spoken(model))


@memoised
def spoken(model: Model) -> Mapping[str, tuple[str, ...]]:
    """The values that policies of principals compare each key with."""
    each = {
        policy
        for found in principals(model).values()
        for policy in (*found.identity, found.boundary, *(each for level in found.scps for each in level))
        if policy is not None
    }
    said: dict[str, set[str]] = {}
    for clause in (clause for policy in each for statement in policy.statements for clause in statement.clauses):
        said.setdefault(clause.key.lower(), set()).update(clause.values)
    return {key: tuple(sorted(values)) for key, values in said.items()}
