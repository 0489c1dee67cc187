"""The two sides of the connections of a network: pods as their controllers, where policies treat these as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kpath.model.sets import Ids
from kpath.model.tables import Model
from kpath.query.peers import Chosen, cidrs, said
from kpath.semantics.netpol.addresses import WHOLE, Range, merged
from kpath.semantics.netpol.joint import Joint
from kpath.semantics.netpol.universe import bits, flags, set_of

Classes = NDArray[np.int64]
_AT_ONCE = 512
# How many pods are left out of a set that is named by those that it lacks.
_BUT = 2


def alike(joint: Joint, masks: Iterable[int]) -> Classes:
    """The parties by number, such that two have one number if they are in the same of some sets."""
    found = np.zeros(joint.size, np.int64)
    # A pod is never like an address.
    distinct = [joint.pods, *dict.fromkeys(masks)]
    for start in range(0, len(distinct), _AT_ONCE):
        rows = np.stack([flags(mask, joint.size) for mask in distinct[start : start + _AT_ONCE]])
        keys = np.concatenate([found[:, None].view(np.uint8), np.packbits(rows, axis=0).T], axis=1)
        joined = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1]))).ravel()
        _, found = np.unique(joined, return_inverse=True)
        found = found.astype(np.int64).reshape(-1)
    return found


class Peer(Struct, frozen=True):
    """Pods of one controller, one pod, or addresses, whom no policy tells apart. `pod` is the number of one alone.

    Addresses have several `names`, one for each block.
    """

    name: str
    names: tuple[str, ...]
    namespace: str = ""
    pods: int = 0
    pod: int = -1
    ranges: tuple[Range, ...] = ()


class Side:
    """The peers of a side in the order of their names, addresses last.

    A set of them is a number with a bit for each.
    """

    def __init__(self, joint: Joint, chosen: Chosen, classes: Classes) -> None:
        self.chosen, self._joint, self._classes = chosen, joint, classes
        listed = [*_of_pods(joint.model, chosen.pods, classes[joint.of_pod[chosen.pods]])]
        listed.sort(key=lambda each: (each[0].namespace, each[0].name))
        self.first_address = len(listed)
        self._atoms = bits(joint.addresses(chosen.ranges)) if chosen.ranges else []
        listed += self._addresses()
        self.peers: Sequence[Peer] = tuple(each for each, _, _ in listed)
        self.pods = (1 << self.first_address) - 1
        self.every = (1 << len(listed)) - 1
        self.members: Sequence[Ids] = tuple(rows for _, rows, _ in listed)
        by_class: dict[int, list[int]] = {}
        for number, (_, _, cls) in enumerate(listed):
            by_class.setdefault(cls, []).append(number)
        self._by_class = {cls: set_of(numbers, len(listed)) for cls, numbers in by_class.items()}
        self.cls = tuple(cls for _, _, cls in listed)
        self._known: dict[int, int] = {}

    @cached_property
    def single(self) -> int:
        """The peers that are one pod, or addresses."""
        alone = (number for number, each in enumerate(self.peers) if each.pod >= 0 or each.ranges)
        return set_of(alone, len(self.peers)) if self.peers else 0

    def of(self, parties: int) -> int:
        """The peers that some parties are."""
        found = self._known.get(parties)
        if found is None:
            found = 0
            for cls in np.unique(self._classes[bits(parties)]).tolist() if parties else ():
                found |= self._by_class.get(cls, 0)
            self._known[parties] = found
        return found

    def party_of(self, number: int) -> int:
        """A joint party of a peer."""
        if number < self.first_address:
            return int(self._joint.of_pod[self.members[number][0]])
        return next(each for each in self._atoms if int(self._classes[each]) == self.cls[number])

    def named(self, peers: int) -> tuple[str, ...]:
        """The names of some peers; addresses together, as one."""
        found = [self.peers[number].name for number in bits(peers & self.pods)]
        return (*found, *self._outside(peers))

    def summary(self, peers: int, most: int) -> tuple[tuple[str, ...], int]:
        """Some peers in few names, all pods and whole namespaces as one; and how many are not named."""
        listed = [*self._folded(peers & self.pods)]
        outside = self._outside(peers)
        room = most - len(outside)
        if len(listed) <= room + 1:
            return (*listed, *outside), 0
        return (*listed[: max(room, 1)], *outside), len(listed) - max(room, 1)

    def _folded(self, pods: int) -> Iterator[str]:
        if pods == self.pods and self.first_address > 1 and self.is_whole:
            yield "every pod"
            return
        if self.is_whole and self.pods & ~pods and pods.bit_count() > self.first_address // 2:
            but = [*self._listed(self.pods & ~pods)]
            if len(but) <= _BUT:
                yield f"every pod but {' and '.join(but)}"
                return
        yield from self._listed(pods)

    def _listed(self, pods: int) -> Iterator[str]:
        seen: set[str] = set()
        for number in bits(pods):
            peer = self.peers[number]
            space, size = self._spaces[peer.namespace] if self.is_whole else (0, 0)
            if size > 1 and space & pods == space:
                if peer.namespace not in seen:
                    seen.add(peer.namespace)
                    yield f"{peer.namespace}/*"
            else:
                yield peer.name

    @property
    def is_whole(self) -> bool:
        """Whether all pods of the cluster are on this side."""
        return len(self.chosen.pods) == len(self._joint.model.pods)

    @cached_property
    def _spaces(self) -> dict[str, tuple[int, int]]:
        found: dict[str, list[int]] = {}
        for number, peer in enumerate(self.peers[: self.first_address]):
            found.setdefault(peer.namespace, []).append(number)
        return {space: (set_of(numbers, len(self.peers)), len(numbers)) for space, numbers in found.items()}

    def _outside(self, peers: int) -> tuple[str, ...]:
        ranges = tuple(each for number in bits(peers & ~self.pods) for each in self.peers[number].ranges)
        return (said(ranges, self.chosen.ranges, self.chosen.word),) if ranges else ()

    def _addresses(self) -> Iterator[tuple[Peer, Ids, int]]:
        """The addresses, those that are alike together."""
        found: dict[int, list[Range]] = {}
        for each in self._atoms:
            found.setdefault(int(self._classes[each]), []).append(self._joint.atoms[each - self._joint.first_atom])
        whole = self.chosen.ranges
        for cls, listed in found.items():
            ranges = tuple(merged(listed))
            name = said(ranges, whole, self.chosen.word)
            names = (name,) if self.chosen.word and ranges == tuple(merged(whole)) else cidrs(ranges)
            yield Peer(name, names, ranges=ranges), np.zeros(0, np.int32), cls


def whole(joint: Joint) -> tuple[Range, ...]:
    """All addresses of the families that a network has."""
    return tuple(each for each in WHOLE.values() if any(first == each[0] for first, _ in joint.atoms))


def _of_pods(model: Model, pods: Ids, classes: Classes) -> Iterator[tuple[Peer, Ids, int]]:
    """Pods by controller; where some pods of one are not among them, or differ, each by its own name."""
    columns = model.pods.columns
    owners = columns.owner[pods]
    count = len(model.pods.owners)
    total = np.bincount(columns.owner[columns.owner >= 0], minlength=count)
    here = np.bincount(owners[owners >= 0], minlength=count)
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1, np.int64)
    np.minimum.at(low, owners[owners >= 0], classes[owners >= 0])
    np.maximum.at(high, owners[owners >= 0], classes[owners >= 0])
    is_one = (here == total) & (here > 0) & (low == high)
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(count + 1))
    alone = pods[(owners < 0) | ~np.append(is_one, False)[owners]]
    taken = _taken(model, np.flatnonzero(is_one).tolist(), alone.tolist())
    for owner in np.flatnonzero(is_one).tolist():
        ref, members = model.pods.owners[owner], pods[np.sort(order[starts[owner] : starts[owner + 1]])]
        name = f"{ref.namespace}/{ref.name}"
        one = int(members[0]) if len(members) == 1 else -1
        told = name if taken[name] == 1 else str(ref)
        yield Peer(told, (told,), ref.namespace, len(members), one), members, int(low[owner])
    of_pod = dict(zip(pods.tolist(), classes.tolist(), strict=True))
    for row in alone.tolist():
        own = model.names.ref(row)
        name = own[4:] if taken[own[4:]] == 1 else str(own)
        yield Peer(name, (name,), own.namespace, 1, row), np.array([row], np.int32), of_pod[row]


def _taken(model: Model, owners: Iterable[int], pods: Iterable[int]) -> dict[str, int]:
    """How many have a name: controllers of two kinds may, or a pod and another's controller."""
    found: dict[str, int] = {}
    names = [f"{ref.namespace}/{ref.name}" for ref in (model.pods.owners[each] for each in owners)]
    for name in (*names, *(model.names.ref(row)[4:] for row in pods)):
        found[name] = found.get(name, 0) + 1
    return found
