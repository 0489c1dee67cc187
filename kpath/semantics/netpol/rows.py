"""What one end of a connection lets through: for pods under the same policies, which peers on which ports, and why.

Each answer has two bounds, sets of peers: those that are let through whatever the unknown turns out to be, and
those that are if it turns out in their favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from kpath.refs import Ref
from kpath.semantics.netpol.homes import ANYWHERE, Home
from kpath.semantics.netpol.hostendpoints import FAILSAFE
from kpath.semantics.netpol.policy import EGRESS, INGRESS, Tier
from kpath.semantics.netpol.ports import Cells
from kpath.semantics.netpol.steps import Applied, Reason, Steps
from kpath.semantics.netpol.terms import ALWAYS, Party
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
        self._ends = self._endpoints()
        self.applied = [self._applied(tier) for tier in tiers]

    def _applied(self, tier: Tier) -> dict[int, list[Applied]]:
        """For each pod or node that the policies of a tier are about, those that are."""
        found: dict[int, list[Applied]] = {}
        for policy in tier.policies:
            if policy.rules(self.direction) is None:
                continue
            sure, may = self.universe.answer(policy.subject)
            for number in bits(may & self.universe.pods):
                if self.universe.parties[number].held:
                    found.setdefault(number, []).append(Applied(policy, bool(sure >> number & 1)))
            for ref, is_sure in policy.endpoints:
                for number in self._ends.get(ref, ()):
                    found.setdefault(number, []).append(Applied(policy, is_sure))
        return found

    def _endpoints(self) -> dict[Ref, list[int]]:
        """The parties that HostEndpoints hold, of those of which it is known how."""
        found: dict[Ref, list[int]] = {}
        for number, party in enumerate(self.universe.parties):
            if party.home is not None and party.is_endpoint and party.home.known:
                found.setdefault(party.home.ref, []).append(number)
        return found

    def row(self, number: int, *, chosen: bool | None = True) -> Row:
        """What a party lets through. `chosen` is whether any policy at all is about it, in either direction."""
        party = self.universe.parties[number]
        if party.home is not None and party.is_endpoint:
            return self._of_endpoint(number, party, party.home)
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

    def _of_endpoint(self, number: int, party: Party, home: Home) -> Row:
        """What a node lets through, or a pod on its network: beside what policies let, what they have no say in."""
        lets: list[Let] = []
        if home.known:
            applied = tuple(tuple(each.get(number, ())) for each in self.applied)
            lets += self._walked(applied, number).end(is_open=home.last, reason=(home.ref, home.at))
        reason = FREE if party.pod else NO_POLICY
        every = self.universe.every
        lets.append(Let(reason, self.cells.mask(FAILSAFE[self.direction]), every, every))
        surely, maybe = self._beside.get(home, (0, 0))
        maybe |= every if not (home.whole and home.known) else surely | self._adrift
        if maybe:
            lets.append(Let(reason, self.cells.every, surely, maybe))
        return self._merged(lets)

    @cached_property
    def _beside(self) -> dict[Home, tuple[int, int]]:
        """By node what it lets through whatever its policies say, and what it may: its own pods, and itself."""
        found: dict[Home, tuple[int, int]] = {}
        for number, party in enumerate(self.universe.parties):
            if party.home is not None and party.home != ANYWHERE:
                surely, maybe = found.get(party.home, (0, 0))
                is_sure = self.direction == EGRESS or party.is_endpoint
                found[party.home] = (surely | is_sure << number, maybe | 1 << number)
        return found

    @cached_property
    def _adrift(self) -> int:
        """The pods that may come to any node."""
        return self.universe.set_of(
            number for number, party in enumerate(self.universe.parties) if party.home == ANYWHERE
        )

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

    def _walked(self, applied: Sequence[Sequence[Applied]], number: int) -> Walk:
        walk = Walk(self.cells.every, self.universe.every)
        for tier, here in zip(self.tiers, applied, strict=True):
            if here:
                walk.through(tier, list(self._steps.groups(here, number)))
        return walk

    def _evaluated(self, applied: Sequence[Sequence[Applied]], number: int, chosen: bool | None) -> Row:
        lets = list(self._walked(applied, number).end(is_open=chosen if self.strict else True))
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
