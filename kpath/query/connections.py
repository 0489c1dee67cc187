"""Who can talk to whom on the network, and by which policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.model.tables import Model
from kpath.query.blame import Blame
from kpath.query.blocks import Block, folded, in_order, without
from kpath.query.neighbours import beside
from kpath.query.peers import Chosen, chosen
from kpath.query.sides import Side, alike, whole
from kpath.query.whys import SAME_NODE, Whys
from kpath.semantics.netpol.addresses import METADATA
from kpath.semantics.netpol.addresses import number as number_of
from kpath.semantics.netpol.caveats import caveats
from kpath.semantics.netpol.engine import Engine, engines, named
from kpath.semantics.netpol.joint import Connection, Joint, connections
from kpath.semantics.netpol.policy import Fault
from kpath.semantics.netpol.ports import EVERY, FIRST, LAST, PROTOCOLS, Span, common, text
from kpath.semantics.netpol.universe import bits
from kpath.semantics.netpol.verdicts import ALLOWED, DENIED, POSSIBLE

# Without all objects of these kinds, a connection that is not seen may exist.
DECIDING = frozenset({"networkpolicies", "pods"})
BY_POLICY = "addresses outside are judged by policies alone, whatever security groups, routes and NAT let through"
BY_NODE = "the metadata service has a say as well, by its hop limit and session tokens: kpath why-not shows these"
UNSEEN = "; if an engine runs, for none is seen"
# How many pairs are told why they are denied.
MOST_DENIED = 2_000


class Asked(Struct, frozen=True):
    """A question about a network, as a user writes it."""

    source: str = ""
    to: str = ""
    port: str = ""
    engine: str = ""
    namespace: str = ""


class Row(Struct, frozen=True):
    """Every one of `sources` with every one of `destinations`: on which ports, whether for certain, and why."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: str
    verdict: str
    why: str


class Connections:
    """The connections of a network. Immutable.

    Raises `UsageError` on names, ports or engines that do not exist.
    """

    def __init__(self, model: Model, asked: Asked) -> None:
        self.asked, self.model = asked, model
        self.engines: tuple[Engine, ...] = named(asked.engine) if asked.engine else engines(model)
        ends = [chosen(model, each, asked.namespace) if each else None for each in (asked.source, asked.to)]
        wanted = _led(spans(asked.port), ends[1], is_asked=bool(asked.port))
        points = tuple(sorted({at for each in ends if each is not None for at in each.points}))
        self._joint = Joint(model, self.engines, points, wanted)
        self._within = self._joint.cells.mask(wanted)
        everyone = Chosen(np.arange(len(model.pods), dtype=np.int32), whole(self._joint))
        self._ends = tuple(each or everyone for each in ends)
        # With both ends named, what is not allowed is an answer as well.
        self._is_pair = None not in ends
        self.ports = cache(lambda mask: text(self._joint.cells.spans(mask)))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<Connections: {len(self.folded)} rows>"

    @cached_property
    def _found(self) -> list[Connection]:
        asked = (self._joint.parties_of(each.pods) | self._joint.addresses(each.ranges) for each in self._ends)
        listed = connections(self._joint, *asked)
        return [replace(each, ports=ports) for each in listed if (ports := each.ports & self._within)]

    @cached_property
    def _sides(self) -> tuple[Side, Side]:
        classes = alike(self._joint, (mask for each in self._found for mask in (each.sources, each.targets)))
        senders = Side(self._joint, self._ends[0], classes)
        return senders, senders if self._ends[0] is self._ends[1] else Side(self._joint, self._ends[1], classes)

    @property
    def senders(self) -> Side:
        """Those whom connections may come from."""
        return self._sides[0]

    @property
    def receivers(self) -> Side:
        """Those whom connections may go to."""
        return self._sides[1]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The connections as products of peers, those that may be apart from those that are."""
        listed = self._by_policy()
        sure = [each for each in listed if each.verdict == ALLOWED]
        anyway = [(each.sources, each.targets) for each in sure if each.ports == self._within]
        here = [
            Block(one.sources, one.targets, self._within, ALLOWED if one.sure else POSSIBLE, SAME_NODE)
            for one in beside(self._joint, self.senders, self.receivers, anyway)
        ]
        # Of the pods of one controller, only some may be there: what policies say of the others stands.
        single = [
            replace(each, sources=each.sources & self.senders.single, targets=each.targets & self.receivers.single)
            for each in here if each.verdict == ALLOWED
        ]  # fmt: skip
        found = [*sure, *here]
        for each in listed:
            if each.verdict != ALLOWED:
                found += without(each, (*sure, *single))
        if self._is_pair:
            found += self._denied(found)
        return tuple(in_order(each for each in found if not self._is_itself(each)))

    @cached_property
    def folded(self) -> tuple[Block, ...]:
        """The same in fewer blocks, for a reader: one reason for all whom no policy restricts."""
        return self.blocks if self._is_pair else tuple(folded(self.blocks))

    def _by_policy(self) -> list[Block]:
        """What policies let through, or do not speak of."""
        whys = Whys(self._joint)
        found: dict[tuple[int, int, str, str, str], int] = {}
        for each in self._found:
            sources, targets = self.senders.of(each.sources), self.receivers.of(each.targets)
            if sources and targets:
                key = (sources, targets, ALLOWED if each.sure else POSSIBLE, *whys.why(each))
                found[key] = found.get(key, 0) | each.ports
        return [Block(key[0], key[1], ports, *key[2:]) for key, ports in found.items()]

    def _denied(self, allowed: Sequence[Block]) -> Iterator[Block]:
        """Pairs that no block has, by what keeps them apart."""
        reached = [0] * len(self.senders.peers)
        for each in allowed:
            for number in bits(each.sources):
                reached[number] |= each.targets
        blame, told, left = Blame(self._joint, self._within), dict[tuple[int, str], int](), MOST_DENIED
        for number in range(len(self.senders.peers)):
            # Two addresses have no connection that the cluster sees.
            among = self.receivers.pods if number >= self.senders.first_address else self.receivers.every
            by_why: dict[str, int] = {}
            for target in bits(among & ~reached[number]):
                if left > 0 and not self._is_one(number, target):
                    left -= 1
                    why = blame.why(self.senders.party_of(number), self.receivers.party_of(target))
                    by_why[why] = by_why.get(why, 0) | 1 << target
            for why, targets in by_why.items():
                why += UNSEEN if any(each.guessed for each in self.engines) else ""
                told[targets, why] = told.get((targets, why), 0) | 1 << number
        yield from (Block(sources, targets, 0, DENIED, why) for (targets, why), sources in told.items())

    def _is_one(self, source: int, target: int) -> bool:
        """Whether two peers are one pod, which reaches itself whatever is forbidden."""
        pod = self.senders.peers[source].pod
        return pod >= 0 and pod == self.receivers.peers[target].pod

    def _is_itself(self, each: Block) -> bool:
        is_pair = each.sources.bit_count() == each.targets.bit_count() == 1
        return is_pair and self._is_one(each.sources.bit_length() - 1, each.targets.bit_length() - 1)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The connections in sets, with the names of all that are in them."""
        return tuple(
            Row(self.senders.named(each.sources), self.receivers.named(each.targets), self.ports(each.ports),
                each.verdict, each.why)
            for each in self.folded
        )  # fmt: skip

    def pairs(self) -> Iterator[dict[str, str]]:
        """A row for each source, destination and reason, made as they are asked for; addresses block by block."""
        by_source: dict[int, list[Block]] = {}
        for each in self.blocks:
            for number in bits(each.sources):
                by_source.setdefault(number, []).append(each)
        for source in sorted(by_source):
            by_target: dict[int, list[Block]] = {}
            for each in by_source[source]:
                for number in bits(each.targets):
                    by_target.setdefault(number, []).append(each)
            for target in sorted(by_target):
                if not self._is_one(source, target):
                    yield from self._told(source, target, by_target[target])

    def _told(self, source: int, target: int, blocks: Sequence[Block]) -> Iterator[dict[str, str]]:
        for one in self.senders.peers[source].names:
            for other in self.receivers.peers[target].names:
                for each in blocks:
                    yield {
                        "source": one, "destination": other, "ports": self.ports(each.ports),
                        "verdict": each.verdict, "why": each.why,
                    }  # fmt: skip

    def to_dicts(self) -> list[dict[str, str]]:
        """A row for each source, destination and reason: source, destination, ports, verdict, why."""
        return list(self.pairs())

    @property
    def is_decided(self) -> bool:
        """Whether something is let through, or it is certain that nothing is."""
        is_certain = not self.missing and not any(each.guessed for each in self.engines)
        return is_certain or any(each.verdict != DENIED for each in self.blocks)

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """What is to be known beside the rows."""
        known = self.senders.pods, self.receivers.pods
        is_outside = any(each.sources & ~known[0] or each.targets & ~known[1] for each in self.blocks)
        points = {at for each in self._ends for at in each.points}
        is_metadata = any(number_of(each) in points for each in METADATA)
        more = [*([BY_POLICY] if is_outside else ()), *([BY_NODE] if is_metadata else ())]
        return (*caveats(self.model, self.engines), *more)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Fields of policies that could not be read; what they say is open."""
        return tuple(sorted({fault for each in self._joint.networks for fault in each.reading.faults}))

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be collected as a whole before anything could be said not to be allowed."""
        return tuple(sorted(DECIDING - self.model.coverage.listed))


def _led(asked: tuple[Span, ...], to: Chosen | None, *, is_asked: bool) -> tuple[Span, ...]:
    """The ports that are asked about; of a Service, those of the pods that they lead to."""
    if to is None or not to.ports:
        return asked
    own = [(Span(port.protocol or "TCP", port.port or 0, port.port or 0), targets) for port, targets in to.ports]
    led = {span for port, targets in own if not is_asked or common([port], asked) for span in targets}
    if not led:
        listed = ", ".join(f"{port.protocol}/{port.first}" for port, _ in own)
        raise UsageError(f"the Service has no such port, or no pod of it; it has {listed}")
    return tuple(sorted(led))


def spans(asked: str) -> tuple[Span, ...]:
    """Ports as a user writes them: `80`, `TCP/80`, `UDP/53`, `TCP/1-1024`, `SCTP`; all without any."""
    if not asked:
        return EVERY.spans
    parts = asked.upper().split("/")
    protocol = next((each for each in parts if each in PROTOCOLS), "TCP")
    numbers = [each for each in parts if each not in PROTOCOLS]
    if not numbers and len(parts) == 1:
        return (Span(protocol),)
    ends = numbers[0].split("-") if len(numbers) == 1 and len(parts) <= 2 else []
    if not 1 <= len(ends) <= 2 or not all(each.isascii() and each.isdigit() and len(each) <= 5 for each in ends):
        raise UsageError(f"`{asked}` is no port; write 80, UDP/53 or TCP/1-1024")
    low, high = int(ends[0]), int(ends[-1])
    if not FIRST <= low <= high <= LAST or (len(parts) == 2 and len(numbers) == 2):
        raise UsageError(f"`{asked}` is no port; write a number or a range from {FIRST} to {LAST}")
    return (Span(protocol, low, high),)
