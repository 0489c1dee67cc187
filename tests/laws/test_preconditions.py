"""The other half of the law of coverage: of each rule, each field that it cites is shown to matter.

The law of need tries a few facts of each cluster; here every kind of fact of every rule has its turn, and is
overwritten until a step falls with it. A fact that an object is there is refuted by taking the object away. What was
shown once is not tried again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from inert import EXEMPT, values
from msgspec import Struct, field
from raw import Documents, edited, without
from rounds import over_every_family
from snapshots import Json, cited, loaded
from test_need import Fields, fields, is_between, is_editable

from kpath.evidence import Fact
from kpath.graph.build import arrows
from kpath.graph.derive import derived
from kpath.model.tables import Model
from kpath.refs import CONTROLLERS, Ref
from kpath.rules import Rule, rules

# A field that was overwritten so often, each time for other steps, and took none with it does not matter.
TRIES = 5
# A rule that was met so often, and all of whose fields have been shown to matter, is looked at no further.
ENOUGH = 50

# Fields that say no more than that the object is there.
_NAME = re.compile(r"(/metadata)?/name")
_ALIKE = {"clusterrole": "role", "clusterrolebinding": "rolebinding", **dict.fromkeys(CONTROLLERS, "pod")}
_TEMPLATE = re.compile(r"(/spec/jobTemplate)?/spec/template(?=/)")
_CONTAINERS = re.compile(r"/(initC|ephemeralC)ontainers(?=/)")


class Seen(Struct):
    """What came up of one rule: in how many clusters, and which of its fields was overwritten how often."""

    fired: int = 0
    fields: set[str] = field(default_factory=set)
    tried: dict[str, set[object]] = field(default_factory=lambda: defaultdict(set))
    failed: set[str] = field(default_factory=set)

    @property
    def open(self) -> set[str]:
        """The fields that still have to be shown to matter."""
        return {each for each in self.fields - self.failed if len(self.tried[each]) < TRIES and not is_exempt(each)}

    @property
    def is_settled(self) -> bool:
        return self.fired >= ENOUGH and bool(self.failed) and not self.open


class Citation(Struct, frozen=True):
    """A witness of a step: the step's ends, and everything that it cites."""

    source: Ref
    target: Ref
    fields: Fields


def test_each_precondition_of_each_rule_fails_in_some_cluster() -> None:
    """No rule is exempt, and no field but for a reason of its own."""
    seen = {rule: Seen() for rule in rules()}

    def look(documents: list[Json]) -> None:
        unsettled = [rule for id_, rule in rules().items() if not seen[id_].is_settled]
        if unsettled:
            look_at(documents, unsettled, seen)

    over_every_family(look)
    report = "\n".join(line for id_ in sorted(seen) for line in told(id_, seen[id_]))
    print(report)

    idle = sorted(f"{id_} {each}" for id_, one in seen.items() for each in one.fields if is_idle(one, each))
    assert idle == [], report
    assert [id_ for id_, one in seen.items() if not one.failed] == [], report


def look_at(documents: list[Json], chosen: list[Rule], seen: dict[str, Seen]) -> None:
    """Note what rules cite in a cluster, and overwrite what has not been shown to matter: each fact once for all."""
    raw, model = Documents(documents), loaded(documents)
    for_fact: dict[Fact, list[tuple[Rule, str, list[Citation]]]] = defaultdict(list)
    for rule in chosen:
        found = editable(raw, model, rule)
        one = seen[rule.id]
        # What an administrator may do anyway rests on no object.
        one.fired += any(found.values())
        one.fields |= found.keys()
        for kind in sorted(each for each in one.open if found.get(each)):
            new = (each for each in found[kind].items() if key(*each) not in one.tried[kind])
            for fact, citations in islice(new, 1):
                one.tried[kind].add(key(fact, citations))
                for_fact[fact].append((rule, kind, citations))
    for fact, cited_by in for_fact.items():
        for refuted in refutations(documents, fact):
            standing = [each for each in cited_by if each[1] not in seen[each[0].id].failed]
            changed = loaded(refuted) if standing else model
            for rule, kind, citations in standing:
                if not all(stand(changed, rule, citations)):
                    seen[rule.id].failed.add(kind)


def key(fact: Fact, citations: list[Citation]) -> object:
    """What is tried with a fact: clusters come up that differ in nothing that matters to it."""
    return fact, frozenset(citations)


def editable(raw: Documents, model: Model, rule: Rule) -> dict[str, dict[Fact, list[Citation]]]:
    """For each kind of fact that a rule cites in a cluster, the facts that can be overwritten, with what cites them."""
    found: dict[str, dict[Fact, list[Citation]]] = {}
    for arrow in arrows(derived(model, [rule]), model.names):
        source, target = next(iter(arrow.sources)), next(iter(arrow.targets))
        for witness in arrow.witnesses:
            facts = cited(model, witness, source, target)
            # What no document holds, no document can lack.
            for fact in (each for each in facts if not raw.is_synthetic(each)):
                held = found.setdefault(kind_of(fact), {})
                said = (fields(facts, arrow), f"{fact.of} {fact.at}")
                is_there = _NAME.fullmatch(fact.at) is not None and fact.of in raw.by_ref
                if is_there or is_editable(raw, rule.id, source, target, said, fact):
                    held.setdefault(fact, []).append(Citation(source, target, said[0]))
    return found


def refutations(documents: list[Json], fact: Fact) -> Iterator[list[Json]]:
    """The documents with a fact refuted, in each way there is."""
    if _NAME.fullmatch(fact.at):
        yield without(documents, fact.of)
    else:
        yield from (edited(documents, fact, value) for value in values(fact))


def stand(model: Model, rule: Rule, citations: list[Citation]) -> Iterator[bool]:
    """Of each step, whether a witness with the same citations still supports it."""
    left = arrows(derived(model, [rule]), model.names)
    for each in citations:
        yield any(
            fields(cited(model, witness, each.source, each.target), arrow) == each.fields
            for arrow in left
            if is_between(arrow, rule.id, each.source, each.target)
            for witness in arrow.witnesses
        )


def kind_of(fact: Fact) -> str:
    """What kind of object and which of its fields, whichever container, entry or template it is in."""
    at = _CONTAINERS.sub("/containers", _TEMPLATE.sub("", fact.at))
    at = re.sub(r"/\d+(?=/|$)", "/*", at).replace("/Statement/*", "/Statement")
    return f"{_ALIKE.get(fact.of.kind, fact.of.kind)} {at}"


def is_exempt(kind: str) -> bool:
    at = kind.partition(" ")[2]
    return not _NAME.fullmatch(at) and any(re.fullmatch(pattern, at) for pattern in EXEMPT)


def is_idle(one: Seen, kind: str) -> bool:
    """Whether a field never took a step with it, however often it was overwritten."""
    return kind not in one.failed and len(one.tried[kind]) >= TRIES


def told(rule: str, one: Seen) -> Iterator[str]:
    """The rule's part of the report."""
    yield f"{rule}: fired {one.fired}{'+' if one.is_settled else ''}"
    for each in sorted(one.fields):
        if is_exempt(each):
            word = "exempt"
        elif not one.tried[each]:
            word = "nothing to overwrite"
        else:
            word = f"failed {int(each in one.failed)} of {len(one.tried[each])}"
        yield f"    {each}: {word}"
