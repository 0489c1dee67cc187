"""Tier after tier, first match first, for all peers of one end at once.

What is not known is read both ways: a peer goes on as long as some reading leaves it undecided, and is let through
for certain if no reading denies it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.netpol.policy import Action, Tier
from kpath.semantics.netpol.steps import Group, Piece, Reason, Step

NO_POLICY: Reason = (Ref(""), "")
FREE: Reason = (Ref(""), "free")


class Let(Struct, frozen=True):
    """Peers that a reason lets through on some ports: for certain, and perhaps."""

    reason: Reason
    ports: int
    sure: int
    may: int


class State(Struct, frozen=True):
    """Ports that no rule told apart so far, the peers that are undecided on them, and those that nothing may deny."""

    ports: int
    left: int
    clean: int


class Walk:
    """A walk through the tiers; `lets` is what comes of it."""

    def __init__(self, ports: int, peers: int) -> None:
        self._states = [State(ports, peers, peers)]
        self._lets: list[Let] = []
        # Peers that a rule may have decided and that went on nevertheless: what denies them later is to be noted.
        self._forked = 0
        self._denied: dict[int, int] = {}

    def through(self, tier: Tier, groups: Sequence[Group]) -> None:
        """Takes a tier whose policies apply, at least perhaps."""
        turns = [turn for group in groups for turn in group]
        steps = [step for turn in turns for step in turn.steps]
        only_allows = tier.otherwise is Action.DENY and all(action is Action.ALLOW for action, _, _ in steps)
        if only_allows and not self._forked and all(turn.sure for turn in turns):
            # Then the order is nothing, and ports need not be told apart.
            for state in self._states:
                self._lets += (let for _, reason, piece in steps for let in _let(state, reason, piece))
            self._states = []
            return
        self._states = [
            after for state in _refined(self._states, steps) if (after := self._tier(tier, groups, state)).left
        ]

    def _tier(self, tier: Tier, groups: Sequence[Group], state: State) -> State:
        # Those that no policy may have applied to, those that some may have, those that a rule may have passed on.
        apart, within, passed = state.left, 0, 0
        clean = state.clean
        for group in groups:
            start = apart | within
            if len(group) > 1:
                self._forked |= start
            for turn in group if start else ():
                after, on = self._turn(State(state.ports, start, clean), turn.steps)
                clean, passed = after.clean, passed | on
                decided = start & ~after.left
                rest = (apart | within) & ~decided
                if turn.sure:
                    apart, within = 0, rest
                else:
                    self._forked |= decided
                    within |= rest
        if tier.otherwise is Action.DENY:
            self._deny(state.ports, within)
            return State(state.ports, apart | passed, clean & ~within)
        return State(state.ports, apart | within | passed, clean)

    def _turn(self, state: State, steps: Sequence[Step]) -> tuple[State, int]:
        """What a policy leaves undecided if it applies, and the peers that it may pass on to the next tier."""
        left, clean, passed = state.left, state.clean, 0
        for action, reason, piece in steps:
            may = piece.may & left if piece.may_ports & state.ports else 0
            if not may:
                continue
            # Only what the piece says of ports for certain is certain.
            sure = piece.sure if not state.ports & ~piece.ports else 0
            if action is Action.ALLOW:
                self._lets.append(Let(reason, state.ports, sure & left & clean, may))
            elif action is Action.PASS:
                passed |= may
                self._forked |= may & ~sure
            else:
                clean &= ~may
                self._deny(state.ports, may)
            left &= ~sure
        return State(state.ports, left, clean), passed

    def _deny(self, ports: int, peers: int) -> None:
        if peers & self._forked:
            self._denied[ports] = self._denied.get(ports, 0) | peers & self._forked

    def end(self, *, is_open: bool | None = True, reason: Reason = NO_POLICY) -> Iterator[Let]:
        """All that is let through; what no policy decided is if the engine leaves it `open`, for a `reason`."""
        for state in self._states:
            if is_open is not True:
                self._deny(state.ports, state.left)
            if is_open is not False:
                sure = state.left & state.clean if is_open else 0
                self._lets.append(Let(reason, state.ports, sure, state.left))
        for let in self._lets:
            yield from self._without_denied(let)

    def _without_denied(self, let: Let) -> Iterator[Let]:
        parts = [(let.ports, let.sure)]
        for mask, peers in self._denied.items():
            if mask & let.ports and peers & let.sure:
                parts = [
                    part
                    for ports, sure in parts
                    for part in ((ports & mask, sure & ~peers), (ports & ~mask, sure))
                    if part[0]
                ]
        yield from (Let(let.reason, ports, sure, let.may) for ports, sure in parts)


def _let(state: State, reason: Reason, piece: Piece) -> Iterator[Let]:
    """What a rule lets through; on ports that could not be read, only perhaps."""
    may = piece.may & state.left
    if may and piece.ports & state.ports:
        yield Let(reason, piece.ports & state.ports, piece.sure & state.left & state.clean, may)
    if may and (rest := piece.may_ports & state.ports & ~piece.ports):
        yield Let(reason, rest, 0, may)


def _refined(states: Sequence[State], steps: Sequence[Step]) -> Iterator[State]:
    """The states, their ports cut so that each rule is about all or none of what is together."""
    masks = {mask for _, _, piece in steps for mask in (piece.ports, piece.may_ports)}
    for state in states:
        parts = [state.ports]
        for mask in masks:
            parts = [each for part in parts for each in (part & mask, part & ~mask) if each]
        yield from (State(part, state.left, state.clean) for part in parts)
