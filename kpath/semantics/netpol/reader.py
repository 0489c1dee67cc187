"""Fields of a policy, read with patience: what is wrong is noted with its place, and read as unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from kpath.evidence import pointer
from kpath.refs import Ref
from kpath.semantics.netpol.policy import DIRECTIONS, Fault
from kpath.semantics.netpol.ports import FIRST, LAST
from kpath.semantics.netpol.terms import EXISTS, IN, AllOf, Label, Not, Term, Unknown

Json = dict[str, object]

# Operators of Kubernetes' selectors, and whether they take values.
OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}


class Reader:
    """Reads one policy's fields."""

    def __init__(self, ref: Ref, faults: list[Fault]) -> None:
        self.ref, self.faults = ref, faults
        # Whether there is a field that we do not know: the API server drops it, or refuses the policy.
        self.strange = False

    def fault(self, at: str, what: str) -> None:
        self.faults.append(Fault(self.ref, at, what))

    @property
    def count(self) -> int:
        """How many faults there are so far: more of them after something was read mean that it is in doubt."""
        return len(self.faults)

    def document(self, raw: msgspec.Raw, known: str, at: str = "/spec") -> Json:
        return self.mapping(msgspec.json.decode(raw), at, known)

    def mapping(self, value: object, at: str, known: str = "") -> Json:
        """An object; with `known`, names that it may have apart from which it has no other."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(at, "is no object")
            return {}
        for key in sorted(value.keys() - set(known.split())) if known else ():
            self.fault(at + pointer(key), "is a field that kpath does not know here")
            self.strange = True
        return value

    def sequence(self, value: object, at: str) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(at, "is no list")
            return []
        return value

    def texts(self, value: object, at: str) -> tuple[str, ...]:
        found = self.sequence(value, at)
        for index, each in enumerate(found):
            if not isinstance(each, str):
                self.fault(at + pointer(index), "is no text")
        return tuple(each for each in found if isinstance(each, str))

    def text(self, value: object, at: str) -> str | None:
        if value is not None and not isinstance(value, str):
            self.fault(at, "is no text")
        return value if isinstance(value, str) else None

    def directions(self, value: object, at: str) -> set[str]:
        """The directions of a policy; both, where it names one that does not exist."""
        before = self.count
        found = self.texts(value, at)
        for where, each in self.each(value, at):
            if isinstance(each, str) and each not in DIRECTIONS:
                self.fault(where, f"is none of {', '.join(DIRECTIONS)}")
        return set(found) if self.count == before else set(DIRECTIONS)

    def applying(self, subject: Term, *, doubt: bool) -> Term:
        """Those that a policy is about; where it is in doubt or strange, it may be about none of them."""
        return AllOf((subject, Unknown())) if doubt or self.strange else subject

    def port(self, value: object, at: str) -> int | None:
        """The number of a port, or `None` and a fault."""
        if not isinstance(value, int) or isinstance(value, bool) or not FIRST <= value <= LAST:
            self.fault(at, f"is no port from {FIRST} to {LAST}")
            return None
        return value

    def order(self, value: object, at: str, *, default: float) -> float:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(at, "is no number")
            return default
        return float(value)

    def each(self, value: object, at: str) -> Iterator[tuple[str, object]]:
        """The items of a list, each with the pointer to it."""
        yield from ((f"{at}/{index}", item) for index, item in enumerate(self.sequence(value, at)))

    def sure(self, read: Callable[[], Term]) -> Term:
        """A term, in doubt where reading it found a fault."""
        before = self.count
        term = read()
        return term if self.count == before else AllOf((term, Unknown()))

    def labels(self, value: object, at: str, of: str) -> Term:
        """A Kubernetes label selector, as a term about the labels of something; an empty one holds of everything.

        Source: the Kubernetes API reference, LabelSelector.
        """
        found = self.mapping(value, at, "matchLabels matchExpressions")
        parts: list[Term] = (
            [Unknown()] if isinstance(value, dict) and set(found) - {"matchLabels", "matchExpressions"} else []
        )
        for key, held in self.mapping(found.get("matchLabels"), f"{at}/matchLabels").items():
            if isinstance(held, str):
                parts.append(Label(of, key, IN, (held,)))
            else:
                self.fault(f"{at}/matchLabels{pointer(key)}", "is no text")
                parts.append(Unknown())
        for where, each in self.each(found.get("matchExpressions"), f"{at}/matchExpressions"):
            parts.append(self._expression(each, where, of))
        if value is not None and not isinstance(value, dict):
            parts.append(Unknown())
        return AllOf(tuple(parts))

    def _expression(self, value: object, at: str, of: str) -> Term:
        found = self.mapping(value, at, "key operator values")
        key, operator = self.text(found.get("key"), f"{at}/key"), found.get("operator")
        if not isinstance(operator, str) or operator not in OPERATORS:
            self.fault(f"{at}/operator", f"is none of {', '.join(OPERATORS)}")
            return Unknown()
        if not key:
            self.fault(f"{at}/key", "is not set")
            return Unknown()
        before = self.count
        values = self.texts(found.get("values"), f"{at}/values")
        if self.count > before:
            return Unknown()
        if OPERATORS[operator] != bool(values):
            self.fault(f"{at}/values", f"must {'not ' if values else ''}be set with {operator}")
            return Unknown()
        term = Label(of, key, IN, values) if values else Label(of, key, EXISTS)
        return Not(term) if operator in ("NotIn", "DoesNotExist") else term
