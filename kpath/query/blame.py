"""Why a connection is not let through, in a few words."""

from __future__ import annotations

from kpath.query.whys import rule
from kpath.semantics.netpol.allows import End, connection
from kpath.semantics.netpol.joint import Joint
from kpath.semantics.netpol.network import Network
from kpath.semantics.netpol.policy import DIRECTIONS, Action
from kpath.semantics.netpol.ports import Span
from kpath.semantics.netpol.terms import Party
from kpath.semantics.netpol.universe import bits

# How many ports are asked about where reasons may differ from one to the next.
_ASKED = 24


class Blame:
    """Tells which policies keep two parties apart on some ports."""

    def __init__(self, joint: Joint, ports: int) -> None:
        self._joint = joint
        pieces = [joint.cells.pieces[number] for number in bits(ports)]
        self._pieces = [pieces[: _ASKED if _differs(each) else 1] for each in joint.networks]
        self._known: dict[tuple[int, int], str] = {}

    def why(self, source: int, target: int) -> str:
        """The policies of each end that does not let it through, engine by engine."""
        if (source, target) not in self._known:
            told = {
                network.engine.name: found
                for seen, network in enumerate(self._joint.networks)
                if (found := self._by(seen, network, source, target))
            }
            one = len(self._joint.networks) == 1
            self._known[source, target] = " | ".join(
                found if one else f"{name}: {found}" for name, found in told.items()
            )
        return self._known[source, target]

    def _by(self, seen: int, network: Network, source: int, target: int) -> str:
        own, peer = (
            network.universe.parties[self._joint.party_in(seen, each)] for each in (source, target)
        )  # fmt: skip
        reasons: tuple[dict[str, None], dict[str, None]] = ({}, {})
        for piece in self._pieces[seen]:
            for end, found in zip(_ends(network, own, peer, piece), reasons, strict=True):
                if end.answer is False:
                    found.update(dict.fromkeys(rule(*each) for each in end.reasons if each[0]))
                    if not any(each[0] for each in end.reasons):
                        found[f"{network.engine.name}, which closes what no policy selects"] = None
        return "; ".join(
            f"{which} kept in by {', '.join(found)}" if which == "source" else f"{which} closed by {', '.join(found)}"
            for which, found in zip(("source", "destination"), reasons, strict=True)
            if found
        )


def _ends(network: Network, own: Party, peer: Party, piece: Span) -> tuple[End, End]:
    return connection(network, own, peer, piece.protocol, piece.first)


def _differs(network: Network) -> bool:
    """Whether any rule forbids: then what is forbidden may differ from port to port."""
    return any(
        each.action is not Action.ALLOW
        for tier in network.reading.tiers
        for policy in tier.policies
        for direction in DIRECTIONS
        for each in policy.rules(direction) or ()
    )
