"""Sets of refs, as integers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kpath.refs import Ref

Ids = NDArray[np.int32]


class Names:
    """Refs by number and numbers by ref.

    The pods come first, in the order of their names, and get their ref only when
    somebody asks; every other ref is numbered as it is met.
    """

    __slots__ = ("_ids", "_others", "_pods")

    def __init__(self, pods: Sequence[str] = ()) -> None:
        # INVARIANT: sorted; each is `namespace/name`.
        self._pods = pods
        self._others: list[Ref] = []
        self._ids: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._pods) + len(self._others)

    @property
    def pods(self) -> Sequence[str]:
        """The names of the pods, `namespace/name`."""
        return self._pods

    def ref(self, number: int) -> Ref:
        if number < len(self._pods):
            return Ref("pod/" + self._pods[number])
        return self._others[number - len(self._pods)]

    def find(self, ref: str) -> int | None:
        """The number of a ref, or `None` where it was never met."""
        if ref.startswith("pod/"):
            at = bisect_left(self._pods, ref[4:])
            if at < len(self._pods) and self._pods[at] == ref[4:]:
                return at
        return self._ids.get(ref)

    def number(self, ref: Ref) -> int:
        """The number of a ref, given to it now if it has none."""
        found = self.find(ref)
        if found is None:
            found = self._ids[ref] = len(self)
            self._others.append(ref)
        return found

    def refs(self, refs: Iterable[Ref]) -> Refs:
        numbers = sorted(set(map(self.number, refs)))
        return Refs(self, np.array(numbers, np.int32))

    def starting(self, prefix: str) -> Iterator[Ref]:
        """Every ref that begins with `prefix`, pods in the order of their names, others as they were met."""
        for name in self._pods if prefix.startswith("pod/") else ():
            if name.startswith(prefix[4:]):
                yield Ref("pod/" + name)
        yield from (ref for ref in self._others if ref.startswith(prefix))

    def copy(self) -> Names:
        """The same numbers, free to grow apart."""
        twin = Names(self._pods)
        twin._others, twin._ids = self._others.copy(), self._ids.copy()
        return twin


class Refs:
    """An immutable set of refs, in the order of their numbers."""

    __slots__ = ("_key", "ids", "names")

    def __init__(self, names: Names, ids: Ids) -> None:
        # INVARIANT: `ids` is sorted and holds nothing twice.
        self.names, self.ids = names, ids
        self._key = b""

    @property
    def key(self) -> bytes:
        """What tells this set from others of the same names."""
        if not self._key:
            self._key = self.ids.tobytes()
        return self._key

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Ref]:
        return map(self.names.ref, self.ids.tolist())

    def __contains__(self, ref: object) -> bool:
        number = self.names.find(ref) if isinstance(ref, str) else None
        return number is not None and self.has(number)

    def has(self, number: int) -> bool:
        """Whether the ref of a number is among them."""
        ids = self.ids
        if len(ids) == 1:
            return bool(ids[0] == number)
        at = int(ids.searchsorted(number))
        return at < len(ids) and bool(ids[at] == number)

    def __or__(self, other: Refs) -> Refs:
        return Refs(self.names, np.union1d(self.ids, other.ids))

    def __and__(self, other: Refs) -> Refs:
        few, many = (self, other) if len(self.ids) <= len(other.ids) else (other, self)
        if len(few.ids) == 1:
            return few if many.has(int(few.ids[0])) else Refs(self.names, few.ids[:0])
        return Refs(self.names, np.intersect1d(self.ids, other.ids, assume_unique=True))

    def __sub__(self, other: Refs) -> Refs:
        return Refs(self.names, np.setdiff1d(self.ids, other.ids, assume_unique=True))

    def without(self, ref: Ref) -> Refs:
        """The others."""
        number = self.names.find(ref)
        return self if number is None or not self.has(number) else Refs(self.names, self.ids[self.ids != number])

    def __repr__(self) -> str:
        return f"<{len(self)} refs>"
