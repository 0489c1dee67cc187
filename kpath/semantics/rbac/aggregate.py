"""The rules of a role: its own, or those that its aggregation collects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Evidence, Fact, pointer
from kpath.model import wire, wire_pod
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.labels import selects
from kpath.semantics.rbac.builtin import BUILTIN

READS = frozenset({"roles", "coverage"})


class Owned(Struct, frozen=True):
    """A rule that a role has: where it is written, and why it counts where that is another role."""

    of: Ref
    number: int
    rule: wire.PolicyRule
    because: Evidence = ()


@memoised
def roles(model: Model) -> Mapping[Ref, wire.Role]:
    """Every role: those collected, and those that every API server has, where they were not."""
    return {**{ref: role for ref, role in BUILTIN.items() if ref not in model.roles}, **model.roles}


@memoised
def owned_rules(model: Model) -> Mapping[Ref, tuple[Owned, ...]]:
    """The rules of every role. A role that aggregates has what the server stored, else what its selectors collect."""
    known = roles(model)
    return {ref: tuple(_owned(known, ref, (ref,))) for ref in sorted(known)}


def _owned(known: Mapping[Ref, wire.Role], ref: Ref, seen: tuple[Ref, ...]) -> Iterator[Owned]:
    role = known[ref]
    for number, rule in enumerate(role.rules or ()):
        yield Owned(ref, number, rule)
    # What the server stored is what it collected; what we know of an absent role is only what it begins with.
    if role.aggregation_rule is None or (role.rules and role is not BUILTIN.get(ref)):
        return
    for index, selector in enumerate(role.aggregation_rule.cluster_role_selectors or ()):
        for other in sorted(known):
            meta = known[other].metadata
            if other.kind != "clusterrole" or other in seen or not selects(selector, meta.labels or {}):
                continue
            because = (
                *_asked(ref, index, selector),
                *(Fact(other, pointer("metadata", "labels", key), value) for key, value in _given(selector, meta)),
            )
            for each in _owned(known, other, (*seen, other)):
                yield Owned(each.of, each.number, each.rule, (*because, *each.because))


def _asked(ref: Ref, index: int, selector: wire.LabelSelector) -> Iterator[Fact]:
    base = ("aggregationRule", "clusterRoleSelectors", index)
    for key, value in sorted((selector.match_labels or {}).items()):
        yield Fact(ref, pointer(*base, "matchLabels", key), value)
    for number, each in enumerate(selector.match_expressions or ()):
        yield Fact(ref, pointer(*base, "matchExpressions", number, "key"), each.key)


def _given(selector: wire.LabelSelector, meta: wire_pod.Meta) -> Iterator[tuple[str, str | None]]:
    keys = {*(selector.match_labels or ()), *(each.key for each in selector.match_expressions or ())}
    for key in sorted(keys):
        yield key, (meta.labels or {}).get(key)
