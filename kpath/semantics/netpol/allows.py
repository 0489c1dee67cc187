"""Whether one party may connect to another, decided step by step as the specifications say it.

This is what the sets of `rows` come down to for two parties and one port, and how answers are explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from kpath.semantics.netpol import hostendpoints
from kpath.semantics.netpol.addresses import family
from kpath.semantics.netpol.engine import STRICT
from kpath.semantics.netpol.homes import Home
from kpath.semantics.netpol.network import Network
from kpath.semantics.netpol.policy import DIRECTIONS, EGRESS, INGRESS, PLAIN, Action, Policy, Rule, Tier
from kpath.semantics.netpol.ports import NamedPort
from kpath.semantics.netpol.rows import FREE, NO_POLICY, Reason
from kpath.semantics.netpol.terms import Party, holds


class End(Struct, frozen=True):
    """What one end of a connection says: `True`, `False` or, if that is not known, `None`; and which rules say so."""

    answer: bool | None
    reasons: tuple[Reason, ...]


# What a rule, a policy or a tier may make of a connection, and why. `PASS` leaves it to the next tier.
Outcome = tuple[Action, Reason]


def connection(network: Network, source: Party, target: Party, protocol: str, port: int) -> tuple[End, End]:
    """What the sender's policies say of a connection, and what the receiver's do."""
    return (
        end(network, source, target, EGRESS, protocol, port),
        end(network, target, source, INGRESS, protocol, port),
    )


def end(network: Network, own: Party, peer: Party, direction: str, protocol: str, port: int) -> End:
    """What the policies of one end say of a connection with a peer, to a port of whoever receives it."""
    if own.home is not None and own.is_endpoint:
        return _endpoint(network, own, own.home, peer, direction, protocol, port)
    if not own.held:
        return End(True, (FREE if own.pod else NO_POLICY,))
    unwatched = network.old_family is not None and own.families == {6} and peer.addresses and not peer.pod
    if unwatched and direction == EGRESS and all(family(each) == 4 for each in peer.addresses or ()):
        return End(True, (FREE,))
    return _end(_Asked(network, own, peer, direction, protocol, port).outcomes())


def _endpoint(network: Network, own: Party, home: Home, peer: Party, direction: str, protocol: str, port: int) -> End:
    """What is said of a connection of a node, or of a pod on its network."""
    is_let, open_ = hostendpoints.is_let(own, peer, direction, protocol, port), (FREE if own.pod else NO_POLICY)
    if is_let:
        return End(True, (open_,))
    outcomes = [(Action.DENY, (home.ref, ""))]
    if home.known:
        outcomes = _Asked(network, own, peer, direction, protocol, port).outcomes()
    if is_let is None:
        outcomes.append((Action.ALLOW, open_))
    return _end(outcomes)


def _end(outcomes: Sequence[Outcome]) -> End:
    answers = {action is Action.ALLOW for action, _ in outcomes}
    return End(answers.pop() if len(answers) == 1 else None, tuple(dict.fromkeys(reason for _, reason in outcomes)))


class _Asked(Struct, frozen=True):
    network: Network
    own: Party
    peer: Party
    direction: str
    protocol: str
    port: int

    def outcomes(self) -> list[Outcome]:
        """Tier after tier, first match first, whatever all that is not known may lead to."""
        found: list[Outcome] = []
        for tier in self.network.reading.tiers:
            here = [(policy, sure) for policy, sure in self._applying(tier) if policy.rules(self.direction) is not None]
            outcomes, goes_on = self._tier(tier, here)
            found += (each for each in outcomes if each[0] is not Action.PASS)
            if not goes_on and not any(action is Action.PASS for action, _ in outcomes):
                return found
        is_open, reason = self._last()
        if is_open is not True:
            found.append((Action.DENY, reason))
        if is_open is not False:
            found.append((Action.ALLOW, reason))
        return found

    def _last(self) -> tuple[bool | None, Reason]:
        """What becomes of what no policy decides, and why."""
        home = self.own.home
        if home is not None and self.own.is_endpoint:
            return home.last, (home.ref, home.at)
        return self._is_chosen() if self.network.engine.name == STRICT else True, NO_POLICY

    def _applying(self, tier: Tier) -> Iterator[tuple[Policy, bool]]:
        for policy in tier.policies:
            answer = self._applies(policy)
            if answer is not False:
                yield policy, answer is True

    def _applies(self, policy: Policy) -> bool | None:
        if self.own.home is None or not self.own.is_endpoint:
            return holds(policy.subject, self.own)
        return {True: True, False: None, None: False}[dict(policy.endpoints).get(self.own.home.ref)]

    def _is_chosen(self) -> bool | None:
        """Whether any policy of Kubernetes' own is about the pod, in whichever direction."""
        applying = [
            sure
            for tier in self.network.reading.tiers
            for policy, sure in (self._applying(tier) if tier.name == PLAIN else ())
            if any(policy.rules(each) is not None for each in DIRECTIONS)
        ]
        return True if any(applying) else (None if applying else False)

    def _tier(self, tier: Tier, here: Sequence[tuple[Policy, bool]]) -> tuple[list[Outcome], bool]:
        """What a tier may decide, and whether it may leave the connection to the next without a rule that says so."""
        outcomes: list[Outcome] = []
        # Of all ways in which no rule decided so far: whether a policy applied.
        undecided = {False}
        for _, tied in groupby(here, key=lambda each: id(each[0]) if each[0].rank is None else each[0].rank):
            # Any of the tied may be the first, so each is asked.
            for policy, sure in list(tied) if undecided else ():
                found, goes_on = self._policy(policy)
                outcomes += found
                undecided = (set() if sure else undecided) | ({True} if goes_on and undecided else set())
        if True in undecided and tier.otherwise is Action.DENY:
            outcomes += ((Action.DENY, (policy.ref, "")) for policy, _ in here)
            undecided.discard(True)
        return outcomes, bool(undecided)

    def _policy(self, policy: Policy) -> tuple[list[Outcome], bool]:
        """What a policy may decide if it applies, and whether none of its rules may match."""
        found: list[Outcome] = []
        for rule in policy.rules(self.direction) or ():
            matches = self._matches(policy, rule)
            if matches is not False:
                found.append((rule.action, (policy.ref, rule.at)))
            if matches:
                return found, False
        return found, True

    def _matches(self, policy: Policy, rule: Rule) -> bool | None:
        others = self.network.universe.parties
        answers = (
            holds(rule.peer, self.peer, others), holds(rule.own, self.own, others), self._port(policy, rule),
        )  # fmt: skip
        return False if False in answers else (None if None in answers else True)

    def _port(self, policy: Policy, rule: Rule) -> bool | None:
        for span in rule.ports.spans:
            if span.protocol == self.protocol and span.first <= self.port <= span.last:
                return True
        if any(self._is_named(policy, rule, name) for name in rule.ports.names):
            return True
        return None if rule.ports.doubt else False

    def _is_named(self, policy: Policy, rule: Rule, name: NamedPort) -> bool:
        """Whether the receiver gives the port a name; to Amazon's plugin, whether any pod of the policy does."""
        receivers = [self.own if self.direction == INGRESS else self.peer]
        if rule.collective and self.direction == INGRESS:
            receivers += (each for each in self.network.universe.parties if each.pod and holds(policy.subject, each))
        return name.protocol in (None, self.protocol) and any(
            (name.name, self.protocol, self.port) in each.ports for each in receivers
        )
