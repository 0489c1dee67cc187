"""Why a step exists: fields of objects, and what remains to be assumed."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from kpath.refs import Ref

# Stand for the ref a step starts from, or leads to, where one fact holds for every
# member of a set: it is stored once and bound to the member when a path is explained.
SOURCE = Ref("source")
TARGET = Ref("target")
# Stands for the pod on the source's node that brings the target there, or for one that serves the target's ports.
VIA = Ref("via")
# Stand, after one of these and a slash, for what it is in or on: `source/ns`.
NAMESPACE, NODE = "ns", "node"


class Fact(Struct, frozen=True, order=True):
    """One field of one object, and the value it holds; `None` where it is not set.

    `of` names the object, `at` is an RFC 6901 pointer into it as it was served,
    `value` the text of a scalar or the JSON of anything else. The fact of an
    absent object is cited of what would hold it.
    """

    of: Ref
    at: str
    value: str | None


Evidence = tuple[Fact, ...]


class Confidence(IntEnum):
    """How sure a step is; derived from its assumptions, never set."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


class Assumption(Struct, frozen=True, order=True):
    """What a human should check: a condition left open, a kind not collected, a default relied on.

    `what` is a sentence; `confidence` what is left of the certainty; `missing`
    names the input that would decide it, where there is one.
    """

    what: str
    confidence: Confidence = Confidence.MEDIUM
    missing: str | None = None


def confidence(assumes: tuple[Assumption, ...]) -> Confidence:
    """As sure as the weakest assumption."""
    return min((assumption.confidence for assumption in assumes), default=Confidence.HIGH)


def pointer(*tokens: str | int) -> str:
    """An RFC 6901 pointer from its tokens."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def around(end: Ref, what: str) -> Ref:
    """The namespace or the node of one of the ends; the fact of its name takes the name for its value."""
    return Ref(f"{end}/{what}")


def moved(because: Evidence, end: Ref, to: Ref) -> Evidence:
    """Facts of one end as those of another."""
    return tuple(replace(fact, of=Ref(fact.of.replace(end, to, 1))) if _is_of(fact, end) else fact for fact in because)


def _is_of(fact: Fact, end: Ref) -> bool:
    return fact.of.partition("/")[0] == end
