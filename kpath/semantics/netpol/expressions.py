"""Calico's selectors, read by their grammar.

Source: Calico's reference, NetworkPolicy, Selectors:

    expr  = and { "||" and }        and = unary { "&&" unary }
    unary = "!" unary | "(" expr ")" | match
    match = "all()" | "global()" | "has(" key ")" | key ("==" | "!=") text | key ["not"] "in" "{" texts "}"
          | key ("contains" | "starts with" | "ends with") text
"""

from __future__ import annotations

import re
from functools import lru_cache

from kpath.semantics.netpol.terms import (
    ALWAYS,
    CONTAINS,
    ENDS,
    EXISTS,
    IN,
    NAMESPACE,
    POD,
    STARTS,
    AllOf,
    AnyOf,
    Label,
    Not,
    Term,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>(?:all|global)\(\s*\))|(?P<has>has\(\s*(?P<key>[A-Za-z0-9_./-]+)\s*\))
    |(?P<text>"[^"]*"|'[^']*')|(?P<sign>==|!=|&&|\|\||[!(){},])|(?P<name>[A-Za-z0-9_./-]+))""",
    re.VERBOSE,
)
# Labels that Calico adds: what is in a namespace has the second, what is one or an account the first.
NAME, OF_NAMESPACE = "projectcalico.org/name", "projectcalico.org/namespace"
# How deep parentheses and negations may go; people write a few.
DEPTH = 100
# How much of a text that is out of place is shown.
SHOWN = 40


class SelectorError(ValueError):
    """A text that is no selector; says what is wrong and where."""


@lru_cache(maxsize=4096)
def term(text: str, of: str) -> Term:
    """A selector as a term about the labels of something; an empty one holds of everything.

    `global()` is being in no namespace; of namespaces, `all()` is being in one. Raises `SelectorError`.
    """
    if not text.strip():
        return ALWAYS
    parser = _Parser(text, of)
    found = parser.either(0)
    if parser.kind:
        raise SelectorError(f"`{parser.token[:SHOWN]}` is not expected at {parser.at}")
    return found


class _Parser:
    """One token ahead."""

    def __init__(self, text: str, of: str) -> None:
        self.source, self.of = text.rstrip(), of
        self.end = 0
        self._next()

    def _next(self) -> None:
        self.at = self.end
        if self.end == len(self.source):
            self.kind, self.token, self.key = "", "", ""
            return
        found = _TOKEN.match(self.source, self.end)
        if found is None:
            raise SelectorError(f"cannot be read from {self.at} on")
        self.kind, self.token = found.lastgroup or "", found[0].strip()
        if found["has"]:
            self.kind = "has"
        self.key = found["key"] or ""
        self.end = found.end()

    def _takes(self, token: str) -> bool:
        if self.kind in ("sign", "name") and self.token == token:
            self._next()
            return True
        return False

    def _expects(self, token: str) -> None:
        if not self._takes(token):
            raise SelectorError(f"`{token}` is missing at {self.at}")

    def either(self, depth: int) -> Term:
        parts = [self._both(depth)]
        while self._takes("||"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self, depth: int) -> Term:
        parts = [self._one(depth)]
        while self._takes("&&"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, depth: int) -> Term:
        if depth > DEPTH:
            raise SelectorError(f"is nested more than {DEPTH} deep")
        if self._takes("!"):
            return Not(self._one(depth + 1))
        if self._takes("("):
            found = self.either(depth + 1)
            self._expects(")")
            return found
        return self._match()

    def _match(self) -> Term:
        if self.kind == "word":
            within = Label(self.of, OF_NAMESPACE if self.of == POD else NAME, EXISTS)
            found: Term = within if self.of == NAMESPACE else ALWAYS
            found = found if self.token.startswith("all") else Not(within)
            self._next()
            return found
        if self.kind == "has":
            found = Label(self.of, self.key, EXISTS)
            self._next()
            return found
        if self.kind != "name":
            raise SelectorError(f"a label is missing at {self.at}")
        key = self.token
        self._next()
        return self._compared(key)

    def _compared(self, key: str) -> Term:
        if self._takes("=="):
            return Label(self.of, key, IN, (self._text(),))
        if self._takes("!="):
            return Not(Label(self.of, key, IN, (self._text(),)))
        if self._takes("in"):
            return Label(self.of, key, IN, self._texts())
        if self._takes("not"):
            self._expects("in")
            return Not(Label(self.of, key, IN, self._texts()))
        if self._takes("contains"):
            return Label(self.of, key, CONTAINS, (self._text(),))
        for word, how in (("starts", STARTS), ("ends", ENDS)):
            if self._takes(word):
                self._expects("with")
                return Label(self.of, key, how, (self._text(),))
        raise SelectorError(f"an operator is missing at {self.at}")

    def _text(self) -> str:
        if self.kind != "text":
            raise SelectorError(f"a quoted text is missing at {self.at}")
        found = self.token[1:-1]
        self._next()
        return found

    def _texts(self) -> tuple[str, ...]:
        self._expects("{")
        found: list[str] = []
        while not self._takes("}"):
            if found:
                self._expects(",")
            found.append(self._text())
        return tuple(found)
