"""What one end of a connection lets through: for pods under the same policies, which peers on which ports, and why.

Each answer has two bounds, sets of peers: those that are let through whatever the unknown turns out to be, and
those that are if it turns out in their favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.netpol.policy import EGRESS, INGRESS, Action, Policy, Rule, Tier
from kpath.semantics.netpol.ports import Cells, NamedPort, Span
from kpath.semantics.netpol.terms import ALWAYS
from kpath.semantics.netpol.universe import Universe, bits

# A policy and the pointer to its rule; without a policy, that none keeps it away.
Reason = tuple[Ref, str]
NO_POLICY: Reason = (Ref(""), "")
FREE: Reason = (Ref(""), "free")


class Let(Struct, frozen=True):
    """Peers that a reason lets through on some ports: for certain, and perhaps."""

    reason: Reason
    ports: int
    sure: int
    may: int


Row = tuple[Let, ...]


class Piece(Struct, frozen=True):
    """A part of a rule that is about the same ports of all its peers."""

    ports: int
    # Ports that it is about if what could not be read says so.
    may_ports: int
    sure: int
    may: int


class Applied(Struct, frozen=True):
    """A policy that applies to some pods, for certain or perhaps."""

    policy: Policy
    sure: bool


class Rows:
    """The rows of a direction, for each set of policies that applies to some pods one."""

    def __init__(
        self, universe: Universe, cells: Cells, tiers: Sequence[Tier], direction: str, *, strict: bool = False,
        old_family: int | None = None,
    ) -> None:  # fmt: skip
        self.universe, self.cells, self.tiers, self.direction = universe, cells, tiers, direction
        self.strict, self.old_family = strict, old_family
        self._pieces: dict[tuple[Ref, str, object], tuple[Piece, ...]] = {}
        self._named: dict[tuple[str, str | None, int], dict[int, int]] = {}
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
            (each.policy.ref, rule.at, self._own(rule, number))
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

    def _own(self, rule: Rule, number: int) -> bool | None:
        sure, may = self.universe.answer(rule.own)
        return bool(sure >> number & 1) or (None if may >> number & 1 else False)

    def _evaluated(self, applied: Sequence[Sequence[Applied]], number: int, chosen: bool | None) -> Row:
        """Tier after tier, first match first, for each set of ports that no rule tells apart."""
        every = self.universe.every
        states = [(self.cells.every, every, every)]
        lets: list[Let] = []
        for tier, here in zip(self.tiers, applied, strict=True):
            if here:
                states = list(self._through(tier, here, number, states, lets))
        if unwatched := self._unwatched(number):
            lets.append(Let(FREE, self.cells.every, unwatched, unwatched))
        for ports, sure, may in states:
            if self.strict and chosen is not True:
                sure, may = 0, 0 if chosen is False else may
            if may:
                lets.append(Let(NO_POLICY, ports, sure, may))
        return merged(lets)

    def _through(
        self,
        tier: Tier,
        here: Sequence[Applied],
        number: int,
        states: list[tuple[int, int, int]],
        lets: list[Let],
    ) -> Iterator[tuple[int, int, int]]:
        """What is still undecided after a tier, which adds what it lets through."""
        steps = list(self._steps(here, number))
        is_plain = all(action is Action.ALLOW for action, _, _ in steps) and tier.otherwise is Action.DENY
        isolates = tier.otherwise is Action.DENY and any(each.sure for each in here)
        for cell, sure, may in states if is_plain else _refined(states, steps):
            left_sure, left_may, passed_sure, passed_may = sure, may, 0, 0
            for action, reason, piece in steps:
                if not piece.may_ports & cell:
                    continue
                # Only what the piece says of ports for certain is certain.
                is_sure = piece.sure if is_plain or not cell & ~piece.ports else 0
                if action is Action.ALLOW:
                    lets += _let(reason, piece, cell, is_sure & left_sure, piece.may & left_may)
                elif action is Action.PASS:
                    passed_sure |= is_sure & left_sure
                    passed_may |= piece.may & left_may
                if not is_plain:
                    # Whom it lets through perhaps, it does not keep from what later lets them through.
                    decided = is_sure if action is Action.ALLOW else piece.may
                    left_sure, left_may = left_sure & ~decided, left_may & ~is_sure
            if tier.otherwise is Action.DENY:
                # Those that only perhaps apply perhaps leave the rest to the next tier.
                left_sure, left_may = 0, 0 if isolates else left_may
            left_sure, left_may = left_sure | passed_sure, left_may | passed_may
            if left_may:
                yield cell, left_sure, left_may

    def _steps(self, here: Sequence[Applied], number: int) -> Iterator[tuple[Action, Reason, Piece]]:
        """The rules that apply, in their order."""
        found = [
            (each, rule.action, (each.policy.ref, rule.at), own, piece)
            for each in here
            for rule in each.policy.rules(self.direction) or ()
            if (own := True if rule.own is ALWAYS else self._own(rule, number)) is not False
            for piece in self._compiled(each.policy, rule, number)
        ]
        tied = _tied(here)
        for each, action, reason, own, piece in found:
            sure = piece.sure if each.sure and own else 0
            parts = [(piece.ports, sure)] if piece.ports else []
            if each.policy.rank in tied:
                # Whichever of two policies of one rank comes first decides what both are about.
                for other, opposed, _, _, against in found:
                    if other.policy.rank == each.policy.rank and other is not each and opposed is not action:
                        parts = [part for ports, held in parts for part in _opposed(ports, held, against)]
            for ports, held in parts:
                yield action, reason, Piece(ports, ports, held, piece.may)
            if rest := piece.may_ports & ~piece.ports:
                yield action, reason, Piece(0, rest, 0, piece.may)

    def _compiled(self, policy: Policy, rule: Rule, number: int) -> tuple[Piece, ...]:
        ports = self.universe.parties[number].ports if self.direction == INGRESS and rule.ports.names else ()
        key = (policy.ref, rule.at, ports)
        found = self._pieces.get(key)
        if found is None:
            found = self._pieces[key] = tuple(self._parts(policy, rule, number))
        return found

    def _parts(self, policy: Policy, rule: Rule, number: int) -> Iterator[Piece]:
        sure, may = self.universe.answer(rule.peer)
        spans = self.cells.mask(rule.ports.spans)
        if self.direction == INGRESS:
            for name in rule.ports.names:
                spans |= self._of_own(policy, name, number, collective=rule.collective)
            named: dict[int, int] = {}
        else:
            named = self._of_peers(rule.ports.names, may)
        if spans or rule.ports.doubt:
            yield Piece(spans, self.cells.every if rule.ports.doubt else spans, sure, may)
        for mask, peers in named.items():
            if peers & may:
                yield Piece(mask, mask, sure & peers, may & peers)

    def _of_own(self, policy: Policy, name: NamedPort, number: int, *, collective: bool) -> int:
        """The ports that a pod gives a name, or that any pod of the policy does."""
        own = (number,) if not collective else bits(self.universe.answer(policy.subject)[1] & self.universe.pods)
        found = 0
        for each in own:
            found |= self.cells.mask(spans_named(self.universe.parties[each].ports, name))
        return found

    def _of_peers(self, names: Iterable[NamedPort], among: int) -> dict[int, int]:
        """Sets of ports, each with the pods that give some name to just these."""
        found: dict[int, int] = {}
        for name in names:
            for mask, peers in self._giving(name).items():
                if peers & among:
                    found[mask] = found.get(mask, 0) | peers
        return found

    def _giving(self, name: NamedPort) -> dict[int, int]:
        key = (name.name, name.protocol, 0)
        if key not in self._named:
            found: dict[int, int] = {}
            for number in range(self.universe.first_atom):
                spans = list(spans_named(self.universe.parties[number].ports, name))
                if spans:
                    mask = self.cells.mask(spans)
                    found[mask] = found.get(mask, 0) | 1 << number
            self._named[key] = found
        return self._named[key]


def spans_named(ports: Iterable[tuple[str, str, int]], wanted: NamedPort) -> Iterator[Span]:
    """The ports to which a pod gives a name."""
    for name, protocol, number in ports:
        if name == wanted.name and wanted.protocol in (None, protocol):
            yield Span(protocol, number, number)


def _let(reason: Reason, piece: Piece, cell: int, sure: int, may: int) -> Iterator[Let]:
    """What a rule lets through; on ports that could not be read, only perhaps."""
    if not may:
        return
    if piece.ports & cell:
        yield Let(reason, piece.ports & cell, sure, may)
    if rest := piece.may_ports & cell & ~piece.ports:
        yield Let(reason, rest, 0, may)


def _refined(
    states: list[tuple[int, int, int]], steps: list[tuple[Action, Reason, Piece]]
) -> Iterator[tuple[int, int, int]]:
    """The states, their ports cut so that each rule is about all or none of what is together."""
    masks = {mask for _, _, piece in steps for mask in (piece.ports, piece.may_ports)}
    for ports, sure, may in states:
        parts = [ports]
        for mask in masks:
            parts = [each for part in parts for each in (part & mask, part & ~mask) if each]
        yield from ((part, sure, may) for part in parts)


def _opposed(ports: int, sure: int, against: Piece) -> Iterator[tuple[int, int]]:
    """What is certain on some ports, where another piece says otherwise, and where it does not."""
    if both := ports & against.may_ports:
        yield both, sure & ~against.may
    if rest := ports & ~against.may_ports:
        yield rest, sure


def _tied(here: Sequence[Applied]) -> frozenset[float]:
    """The ranks that several of some policies have, which are then in no order."""
    ranks = [each.policy.rank for each in here if each.policy.rank is not None]
    return frozenset(rank for rank in ranks if ranks.count(rank) > 1)


def merged(lets: Iterable[Let]) -> Row:
    """Of what has the same reason and the same peers, the ports together."""
    found: dict[tuple[Reason, int, int], int] = {}
    for each in lets:
        key = (each.reason, each.sure, each.may)
        found[key] = found.get(key, 0) | each.ports
    return tuple(Let(reason, ports, sure, may) for (reason, sure, may), ports in found.items())
