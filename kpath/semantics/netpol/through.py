"""Which pods get through to addresses or from them, with why: one end of the network, as attack steps need it.

Pods that get through for the same reasons are one set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from kpath.evidence import NAMESPACE, NODE, SOURCE, VIA, Assumption, Confidence, Evidence, Fact, around, moved, pointer
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import COMPUTE_TYPE, Model, Node
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import Range, family
from kpath.semantics.netpol.engine import HOST_NETWORK, Engine, engines
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.parties import ALONE, ELSEWHERE, ON_HOST, ON_WINDOWS, WINDOWS_LABEL
from kpath.semantics.netpol.policy import INGRESS
from kpath.semantics.netpol.rows import FREE, NO_POLICY, Reason, Row
from kpath.semantics.netpol.universe import bits
from kpath.snapshot.patch import MISSING, lookup
from kpath.verdict import Allowed, Undecided, Verdict

T = TypeVar("T")
Port = tuple[str, int]
UNENFORCED = Assumption("no engine enforces the network policies; none is seen", Confidence.MEDIUM, "daemonsets")
OTHER_FAMILY = Assumption("pods have addresses of the other family as well, which no policy watches", Confidence.MEDIUM)
OF_HOST = Assumption("the HostEndpoint of the node lets it in", Confidence.MEDIUM)
UNREAD = Assumption("no network policy forbids it", Confidence.MEDIUM)


class Through(Struct, frozen=True):
    """Pods that get through at their end, why, and what is assumed. Facts of each pod are facts of `SOURCE`."""

    pods: Refs
    because: Evidence
    assumes: tuple[Assumption, ...] = ()

    @property
    def of_target(self) -> Evidence:
        """Why, as facts of `VIA`: of the one of the pods that serves what a step leads to."""
        return moved(self.because, SOURCE, VIA)

    @property
    def verdict(self) -> Verdict:
        return Undecided(self.because, self.assumes) if self.assumes else Allowed(self.because)


Enough = Callable[[Network, int], bool]


@memoised
def through(
    model: Model, direction: str, ranges: tuple[Range, ...], port: Port | None = None, enough: Enough | None = None
) -> tuple[Through, ...]:
    """The pods that policies let through to some address of some ranges, or from one: for certain if to all of them.

    Which of them it is, is not known. `enough` says of the parties that only some pods are let through to whether
    these are worth an assumption; without it, any are.
    """
    by_engine = [list(_through(model, each, direction, ranges, port, enough)) for each in engines(model)]
    found, *others = by_engine
    for other in others:
        found = both(found, other)
    return tuple(found)


def both(some: Iterable[Through], others: Sequence[Through]) -> list[Through]:
    """Where two engines hold the same pods, what both let through."""
    met = (
        Through(one.pods & other.pods, joined(one.because, other.because), joined(one.assumes, other.assumes))
        for one in some
        for other in others
    )
    return [each for each in met if len(each.pods)]


def joined(some: tuple[T, ...], others: tuple[T, ...]) -> tuple[T, ...]:
    """Both, each once."""
    return tuple(dict.fromkeys((*some, *others)))


def _through(
    model: Model, engine: Engine, direction: str, ranges: tuple[Range, ...], port: Port | None, enough: Enough | None
) -> Iterator[Through]:
    seen = network(model, engine)
    left = model.pods.of(model.pods.classes)
    wanted = seen.addresses(each for each in ranges if family(each[0]) in seen.families)
    if not wanted:
        yield Through(left, (spaced(SOURCE),), (OTHER_FAMILY,))
        return
    bit = seen.cells.every if port is None else seen.cells.piece(*port)
    for reasons, is_sure, parties in _decided(seen, direction, wanted, bit, enough):
        # Where nothing is enforced, what policies say does not matter.
        if not engine.enforces and not {*reasons} <= {FREE, NO_POLICY}:
            continue
        for each in told(seen, parties, reasons, is_sure=is_sure):
            left = left - each.pods if is_sure else left
            yield each
    # Whom the policies would keep away, if anything held it to them.
    if len(left):
        yield from (Through(left, *each) for each in unenforced(engine, SOURCE))


def let_in(seen: Network, party: int, port: Port) -> Iterator[Through]:
    """The pods that a node lets in by its HostEndpoint."""
    bit = seen.cells.piece(*port)
    maybe, surely = 0, 0
    for let in seen.row(party, INGRESS):
        if let.ports & bit:
            maybe, surely = maybe | let.may, surely | let.sure
            yield Through(seen.pods(let.sure), () if let.reason == NO_POLICY else (ruled(seen.model, *let.reason),))
    yield Through(seen.pods(maybe & ~surely), (), (OF_HOST,))


def unenforced(engine: Engine, *ends: Ref) -> Iterator[tuple[Evidence, tuple[Assumption, ...]]]:
    """Why policies do not matter to some ends of a connection, if nothing enforces them, or perhaps nothing does."""
    spaces = tuple(map(spaced, ends))
    if not engine.enforces:
        yield (*spaces, *engine.because), ()
    elif engine.guessed:
        yield spaces, (UNENFORCED,)


def _decided(
    seen: Network, direction: str, wanted: int, ports: int, enough: Enough | None
) -> Iterator[tuple[tuple[Reason, ...], bool, int]]:
    """Pods by why they get through."""
    groups: dict[tuple[tuple[Reason, ...], bool], int] = {}
    for row, parties in seen.by_row(direction):
        for reasons, is_sure, some in _reasons(row, wanted, ports):
            if is_sure or enough is None or enough(seen, some):
                groups[reasons, is_sure] = groups.get((reasons, is_sure), 0) | parties
    yield from ((*key, parties) for key, parties in groups.items())


def _reasons(row: Row, wanted: int, ports: int) -> Iterator[tuple[tuple[Reason, ...], bool, int]]:
    """Each reason that lets through to all of some parties, or several together; else those that perhaps do to some."""
    lets = [each for each in row if each.ports & ports and each.may & wanted]
    alone = dict.fromkeys(each.reason for each in lets if not wanted & ~each.sure)
    if alone:
        yield from (((reason,), True, wanted) for reason in alone)
        return
    left, by = wanted, []
    for each in lets:
        if left & each.sure:
            left &= ~each.sure
            by.append(each.reason)
    if lets and not left:
        yield tuple(dict.fromkeys(by)), True, wanted
        return
    perhaps: dict[Reason, int] = {}
    for each in lets:
        perhaps[each.reason] = perhaps.get(each.reason, 0) | each.may & wanted
    yield from (((reason,), False, some) for reason, some in perhaps.items())


def told(seen: Network, parties: int, reasons: Sequence[Reason], *, is_sure: bool) -> Iterator[Through]:
    """The pods of some parties that get through for the same reasons, with what these rest on."""
    doubts = () if is_sure else (doubt(reasons[0]),)
    for part, free in _by_freedom(seen, parties) if FREE in reasons else [(parties, ())]:
        because = tuple(fact for reason in reasons for fact in facts(seen, reason, free))
        yield Through(seen.pods(part), because, doubts)


def _by_freedom(seen: Network, parties: int) -> Iterator[tuple[int, Evidence]]:
    """Pods that no policy holds, by what sets them free."""
    found: dict[Evidence, int] = {}
    for free, alike in seen.by_freedom.items():
        if not (part := alike & parties):
            continue
        # What says that a node runs Windows is not the same of all.
        for some in map((1).__lshift__, bits(part)) if free in (ON_WINDOWS, ELSEWHERE) else (part,):
            because = _freedom(seen, free, some)
            found[because] = found.get(because, 0) | some
    yield from ((part, because) for because, part in found.items())


def _freedom(seen: Network, free: str, parties: int) -> Evidence:
    if free == ON_HOST:
        return (HOST_NETWORK,)
    if free == ALONE:
        return (Fact(SOURCE, "/metadata/ownerReferences", None),)
    if free == ON_WINDOWS:
        return (_system(seen, bits(parties)[0]),)
    if free == ELSEWHERE:
        return (_compute(seen, bits(parties)[0]),)
    # Of Fargate, the name of the node tells; or the pod has addresses of one family, and sends to the other.
    return (Fact(around(SOURCE, NODE), "/metadata/name", None) if free else spaced(SOURCE),)


def _compute(seen: Network, number: int) -> Fact:
    """What says of what kind the node of some pods is."""
    label = _node(seen, number).labels.get(COMPUTE_TYPE)
    return Fact(around(SOURCE, NODE), pointer("metadata", "labels", COMPUTE_TYPE), label)


def _system(seen: Network, number: int) -> Fact:
    """What says that the node of some pods runs Windows."""
    node = _node(seen, number)
    if node.info is not None and node.info.operating_system == "windows":
        return Fact(around(SOURCE, NODE), "/status/nodeInfo/operatingSystem", "windows")
    return Fact(around(SOURCE, NODE), pointer("metadata", "labels", WINDOWS_LABEL), "windows")


def _node(seen: Network, number: int) -> Node:
    return seen.model.nodes[int(seen.model.pods.columns.node[seen.pods_of(number)[0]])]


def spaced(end: Ref) -> Fact:
    """What no policy of a namespace forbids is cited of the namespace."""
    return Fact(around(end, NAMESPACE), "/metadata/name", None)


def facts(seen: Network, reason: Reason, free: Evidence) -> Evidence:
    """What a reason rests on: a rule, what sets a pod free, or that no policy is about its namespace's pod."""
    if reason == FREE:
        return free
    if reason == NO_POLICY:
        return (spaced(SOURCE),)
    return (ruled(seen.model, *reason),)


@memoised
def ruled(model: Model, policy: Ref, at: str) -> Fact:
    """A rule, or all rules of a direction, as a fact of the policy."""
    own = model.network_policies[policy]
    whole = {key: msgspec.json.decode(raw) for key, raw in (("spec", own.spec), ("specs", own.specs)) if raw}
    found = lookup(whole, at)
    return Fact(policy, at, None if found is MISSING else msgspec.json.encode(found).decode())


def doubt(reason: Reason) -> Assumption:
    """What is assumed where a reason lets through perhaps."""
    if reason in (NO_POLICY, FREE):
        return UNREAD
    policy, at = reason
    return Assumption(f"{policy} is about it by {at}", Confidence.MEDIUM)
