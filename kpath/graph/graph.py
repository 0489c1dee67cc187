"""All steps of a model, with everything one may ask of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from kpath.collector import paused
from kpath.evidence import Confidence
from kpath.graph.build import Arrow, Layout, arrows
from kpath.graph.derive import derived
from kpath.graph.kernels import Network
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Rule

# What the cost of a step is divided by where only the number of steps counts.
_TRIFLE = 1e6


class Steps:
    """The steps of a model as arrows, and the network that they make."""

    def __init__(self, model: Model, found: tuple[Arrow, ...], *, alike: bool = False) -> None:
        # `alike` steps all cost the same.
        self.model, self.arrows, self.alike = model, found, alike

    @classmethod
    def of(cls, model: Model, rules: Iterable[Rule]) -> Steps:
        """Derive every step."""
        with paused():
            return cls(model, arrows(derived(model, rules), model.names))

    def certain(self) -> Steps:
        """Only the steps that rest on no assumption."""
        return Steps(self.model, tuple(each for each in self.arrows if each.confidence is Confidence.HIGH))

    def asked(self, *, fewest: bool, without: Collection[str]) -> Steps:
        """The steps without those of some rules, and, for the `fewest`, without regard to how hard each is."""
        kept = tuple(each for each in self.arrows if each.rule.id not in without)
        return Steps(self.model, kept, alike=fewest)

    @cached_property
    def network(self) -> Network:
        found = self.layout.arrays
        also = {number: each.also for number, each in enumerate(self.arrows) if each.also}
        return Network(found.vertices, found.tails, found.heads, found.arrow, self._costs, also)

    @property
    def _costs(self) -> list[float]:
        """The cost of each step; among those that are alike, that of being the plainer one."""
        return [1 + each.cost / _TRIFLE if self.alike else each.cost for each in self.arrows]

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.model.names, self.arrows)

    def start(self, ref: Ref) -> int | None:
        """The vertex of a ref, or `None` where no step and no object names it."""
        number = self.model.names.find(ref)
        return number if number is not None and number < self.layout.refs else None

    @cached_property
    def _by_rule(self) -> dict[str, list[Arrow]]:
        found: dict[str, list[Arrow]] = {}
        for arrow in self.arrows:
            found.setdefault(arrow.rule.id, []).append(arrow)
        return found

    def between(self, id_: str, source: Ref, target: Ref) -> Iterator[Arrow]:
        """The steps of one kind from one ref to another."""
        tail, head = self.model.names.find(source), self.model.names.find(target)
        if tail is None or head is None:
            return
        for arrow in self._by_rule.get(id_, ()):
            if arrow.sources.has(tail) and arrow.targets.has(head):
                yield arrow

    def pairs(self) -> Iterator[tuple[str, Ref, Ref]]:
        """Every step written out: id, source, target."""
        for arrow in self.arrows:
            for source in arrow.sources:
                for target in arrow.targets:
                    if source != target:
                        yield arrow.rule.id, source, target
