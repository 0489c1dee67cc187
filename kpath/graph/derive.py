"""Model → every step that some rule derives from it, at once or after a change that the attacker makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from kpath.model.fleet import OUTSIDE, Fleet
from kpath.model.revised import TABLES, revised
from kpath.model.tables import Model
from kpath.refs import Ref, within
from kpath.rules import Barrier, Block, Change, Holds, Rule, Step, changed
from kpath.snapshot.patch import Patch

# A field of an object, and the change that sets it.
Fields = dict[tuple[Ref, str], Ref]


def derived(model: Model, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Step]]:
    """Run rules, each on a view of the tables that it declares; then those that a change may bear on once more.

    Of several clusters, each is looked at alone; what reads nothing of a cluster, once.
    """
    chosen = tuple(rules)
    if not isinstance(model, Fleet):
        yield from _derived(model, chosen)
        return
    for number, (cluster, part) in enumerate(model.parts.items()):
        for rule, step in _derived(part, [each for each in chosen if not number or each.reads - OUTSIDE]):
            yield rule, _seen(model, cluster, step)


def _seen(fleet: Fleet, cluster: str, step: Step) -> Step:
    """A step of one cluster as a step among several."""
    return Step(
        fleet.one(cluster, step.sources), fleet.one(cluster, step.targets), fleet.facts(cluster, step.because),
        step.assumes, tuple(within(cluster, ref) for ref in step.also),
        fleet.inside(cluster, step.by) if step.by is not None else None, step.way,
    )  # fmt: skip


def _derived(model: Model, chosen: Sequence[Rule]) -> Iterator[tuple[Rule, Step]]:
    patches: list[Patch] = []
    fields: Fields = {}
    bearing: list[tuple[Rule, set[str]]] = []
    for rule in chosen:
        read: set[str] = set()
        bearing.append((rule, read))
        for found in _reading(model, rule, read):
            if isinstance(found, Change):
                patches.append(found.patch)
                fields |= {(each.of, each.path): changed(rule.id, found.of) for each in found.patch.operations}
                yield rule, found.step(rule.id)
            else:
                yield rule, found
    if fields:
        touched = {TABLES[ref.kind] for patch in patches for ref in patch.touches}
        affected = [rule for rule, read in bearing if read & touched]
        yield from _after(model, affected, Patch.together(patches), fields)


def _reading(model: Model, rule: Rule, read: set[str]) -> Iterator[Step | Change]:
    """What a rule derives; notes the tables that it has read for it."""
    model.note(read)
    try:
        yield from rule.steps(model.view(rule.reads))
    finally:
        model.noted(read)


def _after(model: Model, rules: Iterable[Rule], patch: Patch, fields: Fields) -> Iterator[tuple[Rule, Step]]:
    """The steps that rest on a field as a change sets it; its value is a fact of the change, not of the snapshot."""
    later = revised(model, patch)
    for rule in rules:
        for found in rule.steps(later.view(rule.reads)):
            if isinstance(found, Step):
                needs = [fields[fact.of, fact.at] for fact in found.because if (fact.of, fact.at) in fields]
                if needs:
                    because = tuple(fact for fact in found.because if (fact.of, fact.at) not in fields)
                    also = tuple(dict.fromkeys((*found.also, *needs)))
                    yield rule, replace(found, because=because, also=also)


def blocks(model: Model, barriers: Iterable[Barrier], holds: Holds) -> Iterator[tuple[str, Block]]:
    """What keeps somebody who holds certain refs from further steps, with the id of the step."""
    for each in barriers:
        if not isinstance(model, Fleet):
            yield from ((each.id, block) for block in each.blocks(model.view(each.reads), holds))
            continue
        for cluster, part in model.parts.items():
            for block in each.blocks(part.view(each.reads), _held_there(cluster, holds)):
                ends = model.one(cluster, block.sources), model.one(cluster, block.targets)
                yield each.id, Block(*ends, model.facts(cluster, block.because))


def _held_there(cluster: str, holds: Holds) -> Holds:
    return lambda ref: holds(within(cluster, ref))
