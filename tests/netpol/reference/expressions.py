"""Calico's selectors: the grammar at the end of section 5, read by descent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from .selectors import UNKNOWN, Labels
from .unknowns import Truth, every, negated, some

TOKEN = re.compile(r"""\s*(&&|\|\||==|!=|[!(){},]|'[^']*'|"[^"]*"|[A-Za-z0-9_./-]+)""")
KEY = re.compile(r"[A-Za-z0-9_./-]+")
TESTS = {"contains": str.__contains__, "starts": str.startswith, "ends": str.endswith}


@dataclass(frozen=True)
class Thing:
    """What a selector is asked about: its labels, and whether it is in no namespace."""

    labels: Labels
    is_global: bool = False


class InvalidSelectorError(ValueError):
    """A selector that Calico would refuse."""


def holds(text: str | None, thing: Thing) -> Truth:
    """CAL-29, CAL-36: an empty selector is all(); of one that cannot be read nothing is known."""
    if not (text or "").strip():
        return True
    try:
        tokens = list(_tokens(text or ""))
        reader = _Reader(tokens, thing)
        found = reader.expression()
        if reader.rest:
            raise InvalidSelectorError(text)
    except InvalidSelectorError:
        return None
    return found


def _tokens(text: str) -> Iterator[str]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise InvalidSelectorError(text)
        yield found.group(1)
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[str], thing: Thing) -> None:
        self.rest, self.thing = tokens, thing

    def next(self) -> str:
        if not self.rest:
            raise InvalidSelectorError("it ends too early")
        return self.rest.pop(0)

    def takes(self, *tokens: str) -> bool:
        """Whether these come next; then they are read."""
        if tuple(self.rest[: len(tokens)]) != tokens:
            return False
        del self.rest[: len(tokens)]
        return True

    def needs(self, *tokens: str) -> None:
        if not self.takes(*tokens):
            raise InvalidSelectorError(f"no {tokens}")

    def expression(self) -> Truth:
        parts = [self.conjunction()]
        while self.takes("||"):
            parts.append(self.conjunction())
        return some(parts)

    def conjunction(self) -> Truth:
        parts = [self.unary()]
        while self.takes("&&"):
            parts.append(self.unary())
        return every(parts)

    def unary(self) -> Truth:
        if self.takes("!"):
            return negated(self.unary())
        if self.takes("("):
            found = self.expression()
            self.needs(")")
            return found
        return self.match()

    def match(self) -> Truth:
        if self.takes("all", "(", ")"):
            return True
        if self.takes("global", "(", ")"):
            return self.thing.is_global
        if self.takes("has", "("):
            value = self.thing.labels.get(self.key())
            self.needs(")")
            return None if value is UNKNOWN else value is not None
        return self.comparison(self.thing.labels.get(self.key()))

    def comparison(self, value: object) -> Truth:
        """CAL-30, CAL-31: without the label only what is negated matches."""
        word = self.next()
        if word in ("==", "!="):
            equal = _tested(value, partial(str.__eq__, self.string()))
            return equal if word == "==" else negated(equal)
        if word in TESTS:
            if word != "contains":
                self.needs("with")
            wanted = self.string()
            return _tested(value, lambda text: bool(TESTS[word](text, wanted)))
        if word == "not":
            self.needs("in")
            return negated(self.membership(value))
        if word == "in":
            return self.membership(value)
        raise InvalidSelectorError(word)

    def membership(self, value: object) -> Truth:
        self.needs("{")
        values: list[str] = []
        while not self.takes("}"):
            if values:
                self.needs(",")
            values.append(self.string())
        return _tested(value, values.__contains__) if values else False

    def string(self) -> str:
        token = self.next()
        if token[0] not in "'\"":
            raise InvalidSelectorError(token)
        return token[1:-1]

    def key(self) -> str:
        token = self.next()
        if not KEY.fullmatch(token):
            raise InvalidSelectorError(token)
        return token


def _tested(value: object, test: Callable[[str], bool]) -> Truth:
    if value is UNKNOWN:
        return None
    return isinstance(value, str) and test(value)
