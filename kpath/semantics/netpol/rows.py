"""What one end of a connection lets through: for pods under the same policies, which peers on which ports, and why.

Each answer has two bounds, sets of peers: those that are let through whatever the unknown turns out to be, and
those that are if it turns out in their favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kpath.semantics.netpol.policy import EGRESS, INGRESS, Tier
from kpath.semantics.netpol.ports import Cells
from kpath.semantics.netpol.steps import Applied, Reason, Steps
from kpath.semantics.netpol.terms import ALWAYS
from kpath.semantics.netpol.universe import Universe, bits
from kpath.semantics.netpol.walk import FREE, NO_POLICY, Let, Walk

__all__ = ["FREE", "NO_POLICY", "Let", "Reason", "Row", "Rows"]

Row = tuple[Let, ...]


class Rows:
    """The rows of a direction, for each set of policies that applies to some pods one."""

    def __init__(
        self, universe: Universe, cells: Cells, tiers: Sequence[Tier], direction: str, *, strict: bool = False,
        old_family: int | None = None,
    ) -> None:  # fmt: skip
        self.universe, self.cells, self.tiers, self.direction = universe, cells, tiers, direction
        self.strict, self.old_family = strict, old_family
        self._steps = Steps(universe, cells, direction)
        self._rows: dict[object, Row] = {}
        self.applied = [self._applied(tier) for tier in tiers]

    def _applied(self, tier: Tier) -> dict[int, list[Applied]]:
        """For each pod that the policies of a tier are about, those that are."""
        found: dict[int, list[Applied]] = {}
        for policy in tier.policies:
            if policy.rules(self.direction) is None:
                continue
            sure, may = self.universe.answer(policy.subject)
            for number in bits(may & self.universe.pods):
                if self.universe.parties[number].held:
                    found.setdefault(number, []).append(Applied(policy, bool(sure >> number & 1)))
        return found

    def row(self, number: int, *, chosen: bool | None = True) -> Row:
        """What a party lets through. `chosen` is whether any policy at all is about it, in either direction."""
        party = self.universe.parties[number]
        if not party.held:
            return self._open(FREE if party.pod else NO_POLICY)
        applied = tuple(tuple(each.get(number, ())) for each in self.applied)
        ports = party.ports if self.direction == INGRESS and self._asks_names(applied) else ()
        own = tuple(
            (each.policy.ref, rule.at, self._steps.own(rule, number))
            for tier in applied for each in tier for rule in each.policy.rules(self.direction) or ()
            if rule.own is not ALWAYS
        )  # fmt: skip
        key = (tuple((each.policy.ref, each.sure) for tier in applied for each in tier), ports, own, chosen,
               self._unwatched(number))  # fmt: skip
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = self._evaluated(applied, number, chosen)
        return found

    def _open(self, reason: Reason) -> Row:
        found = self._rows.get(reason)
        if found is None:
            every = self.universe.every
            found = self._rows[reason] = (Let(reason, self.cells.every, every, every),)
        return found

    def _unwatched(self, number: int) -> int:
        """The addresses to which a pod sends by an interface that the engine does not watch."""
        if self.old_family is None or self.direction != EGRESS or self.universe.parties[number].families != {6}:
            return 0
        return self.old_family

    def _asks_names(self, applied: Iterable[Iterable[Applied]]) -> bool:
        return any(
            rule.ports.names for tier in applied for each in tier for rule in each.policy.rules(self.direction) or ()
        )

    def _evaluated(self, applied: Sequence[Sequence[Applied]], number: int, chosen: bool | None) -> Row:
        walk = Walk(self.cells.every, self.universe.every)
        for tier, here in zip(self.tiers, applied, strict=True):
            if here:
                walk.through(tier, list(self._steps.groups(here, number)))
        lets = list(walk.end(is_open=chosen if self.strict else True))
        if unwatched := self._unwatched(number):
            lets.append(Let(FREE, self.cells.every, unwatched, unwatched))
        return self._merged(lets)

    def _merged(self, lets: Iterable[Let]) -> Row:
        """Of what has the same reason and the same peers, the ports together."""
        found: dict[tuple[Reason, int, int], int] = {}
        for each in lets:
            key = (each.reason, self.universe.shared(each.sure), self.universe.shared(each.may))
            found[key] = found.get(key, 0) | each.ports
        return tuple(Let(reason, ports, sure, may) for (reason, sure, may), ports in found.items())
