"""Whether one party may connect to another, decided step by step as the specifications say it.

This is what the sets of `rows` come down to for two parties and one port, and how answers are explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kpath.semantics.netpol.addresses import family
from kpath.semantics.netpol.engine import STRICT
from kpath.semantics.netpol.network import Network
from kpath.semantics.netpol.policy import DIRECTIONS, EGRESS, INGRESS, PLAIN, Action, Policy, Rule, Tier
from kpath.semantics.netpol.ports import NamedPort
from kpath.semantics.netpol.rows import FREE, NO_POLICY, Reason
from kpath.semantics.netpol.terms import Party, holds


class End(Struct, frozen=True):
    """What one end of a connection says: `True`, `False` or, if that is not known, `None`; and which rules say so."""

    answer: bool | None
    reasons: tuple[Reason, ...]


def connection(network: Network, source: Party, target: Party, protocol: str, port: int) -> tuple[End, End]:
    """What the sender's policies say of a connection, and what the receiver's do."""
    return (
        end(network, source, target, EGRESS, protocol, port),
        end(network, target, source, INGRESS, protocol, port),
    )


def end(network: Network, own: Party, peer: Party, direction: str, protocol: str, port: int) -> End:
    """What the policies of one end say of a connection with a peer, to a port of whoever receives it."""
    if not own.held:
        return End(True, (FREE if own.pod else NO_POLICY,))
    unwatched = network.old_family is not None and own.families == {6} and peer.addresses and not peer.pod
    if unwatched and direction == EGRESS and all(family(each) == 4 for each in peer.addresses or ()):
        return End(True, (FREE,))
    asked = _Asked(network, own, peer, direction, protocol, port)
    loose, strict = asked.decided(loose=True), asked.decided(loose=False)
    reasons = tuple(dict.fromkeys((*loose[1], *strict[1])))
    if loose[0] == strict[0]:
        return End(loose[0], loose[1] if loose[0] else strict[1])
    return End(None, reasons)


class _Asked(Struct, frozen=True):
    network: Network
    own: Party
    peer: Party
    direction: str
    protocol: str
    port: int

    def decided(self, *, loose: bool, first: int = 0) -> tuple[bool, tuple[Reason, ...]]:
        """Tier after tier, first match first, all that is not known read for the connection or against it."""
        for number, tier in enumerate(self.network.reading.tiers[first:], first):
            here = [(policy, sure) for policy, sure in self._applying(tier) if policy.rules(self.direction) is not None]
            found = self._tier(number, here, loose=loose)
            if found is not None:
                return found
        if self.network.engine.name == STRICT and not self._is_chosen(loose=loose):
            return False, (NO_POLICY,)
        return True, (NO_POLICY,)

    def _applying(self, tier: Tier) -> Iterator[tuple[Policy, bool]]:
        for policy in tier.policies:
            answer = holds(policy.subject, self.own)
            if answer is not False:
                yield policy, answer is True

    def _is_chosen(self, *, loose: bool) -> bool:
        """Whether any policy of Kubernetes' own is about the pod, in whichever direction."""
        return any(
            (sure or loose)
            for tier in self.network.reading.tiers
            for policy, sure in (self._applying(tier) if tier.name == PLAIN else ())
            if any(policy.rules(each) is not None for each in DIRECTIONS)
        )

    def _tier(
        self, number: int, here: Sequence[tuple[Policy, bool]], *, loose: bool
    ) -> tuple[bool, tuple[Reason, ...]] | None:
        """What a tier decides; `None` where it leaves it to the next."""
        tier = self.network.reading.tiers[number]
        is_open: bool | None = None
        for policy, sure in here:
            for rule in policy.rules(self.direction) or ():
                matches = self._matches(policy, rule)
                if matches is True and (not sure or self._is_opposed(policy, rule, here)):
                    matches = None
                if matches is None and rule.action is Action.PASS:
                    # It may go on here or in the next tier: either will do, or neither is certain.
                    if not loose:
                        return False, ((policy.ref, rule.at),)
                    is_open = self.decided(loose=True, first=number + 1)[0] if is_open is None else is_open
                    if is_open:
                        return True, ((policy.ref, rule.at),)
                    matches = False
                if matches is None:
                    matches = (rule.action is Action.ALLOW) is loose
                if matches and rule.action is Action.PASS:
                    return None
                if matches:
                    return rule.action is Action.ALLOW, ((policy.ref, rule.at),)
        if tier.otherwise is Action.DENY and here and (not loose or any(sure for _, sure in here)):
            return False, tuple((policy.ref, "") for policy, _ in here)
        return None

    def _is_opposed(self, policy: Policy, rule: Rule, here: Sequence[tuple[Policy, bool]]) -> bool:
        """Whether another policy of the same rank says otherwise, for then neither comes first."""
        return policy.rank is not None and any(
            other.rank == policy.rank and each.action is not rule.action and self._matches(other, each) is not False
            for other, _ in here if other.ref != policy.ref
            for each in other.rules(self.direction) or ()
        )  # fmt: skip

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
