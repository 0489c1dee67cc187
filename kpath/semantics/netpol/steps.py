"""The rules of policies as steps: at one end, on which ports of which peers each of them takes its action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.netpol.policy import INGRESS, Action, Policy, Rule
from kpath.semantics.netpol.ports import Cells, NamedPort, Span
from kpath.semantics.netpol.terms import ALWAYS
from kpath.semantics.netpol.universe import Universe, bits

# A policy and the pointer to its rule; without a policy, that none keeps it away.
Reason = tuple[Ref, str]


class Piece(Struct, frozen=True):
    """A part of a rule that is about the same ports of all its peers."""

    ports: int
    # Ports that it is about if what could not be read says so.
    may_ports: int
    sure: int
    may: int


Step = tuple[Action, Reason, Piece]


class Applied(Struct, frozen=True):
    """A policy that applies to some pods, for certain or perhaps."""

    policy: Policy
    sure: bool


class Turn(Struct, frozen=True):
    """The steps of a policy, which applies for certain or perhaps."""

    sure: bool
    steps: tuple[Step, ...]


# Policies that come next; of several, any may be the first.
Group = tuple[Turn, ...]


class Steps:
    """The steps of a direction's rules, each rule compiled once for all ends to which it means the same."""

    def __init__(self, universe: Universe, cells: Cells, direction: str) -> None:
        self.universe, self.cells, self.direction = universe, cells, direction
        self._pieces: dict[tuple[Ref, str, object], tuple[Piece, ...]] = {}
        self._named: dict[NamedPort, dict[int, int]] = {}

    def groups(self, here: Sequence[Applied], number: int) -> Iterator[Group]:
        """The policies that apply to a party, in their order."""
        for rank, several in groupby(here, key=lambda each: each.policy.rank):
            turns = [Turn(each.sure, tuple(self._of(each.policy, number))) for each in several]
            actions = {action for turn in turns for action, _, _ in turn.steps}
            # Whichever of two comes first, they say the same.
            if rank is not None and len(actions) > 1:
                yield tuple(turns)
            else:
                yield from ((turn,) for turn in turns)

    def own(self, rule: Rule, number: int) -> bool | None:
        """Whether a rule is about a party that its policy is about."""
        if rule.own is ALWAYS:
            return True
        sure, may = self.universe.answer(rule.own)
        return bool(sure >> number & 1) or (None if may >> number & 1 else False)

    def _of(self, policy: Policy, number: int) -> Iterator[Step]:
        for rule in policy.rules(self.direction) or ():
            own = self.own(rule, number)
            for piece in self._compiled(policy, rule, number) if own is not False else ():
                told = piece if own else Piece(piece.ports, piece.may_ports, 0, piece.may)
                yield rule.action, (policy.ref, rule.at), told

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
        found = self._named.get(name)
        if found is None:
            found = self._named[name] = {}
            for number, party in enumerate(self.universe.parties):
                if mask := self.cells.mask(spans_named(party.ports, name)):
                    found[mask] = found.get(mask, 0) | 1 << number
        return found


def spans_named(ports: Iterable[tuple[str, str, int]], wanted: NamedPort) -> Iterator[Span]:
    """The ports to which a pod gives a name."""
    for name, protocol, number in ports:
        if name == wanted.name and wanted.protocol in (None, protocol):
            yield Span(protocol, number, number)
