"""What a wildcard in a policy matches: actions, ARNs and strings, each by its own rule.

A *pattern* is text in which `*` and `?` are wildcards; `${*}`, `${?}` and `${$}` stand for the characters
themselves, which is how IAM writes them and how a substituted policy variable is kept from becoming a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

ARN_PARTS = 6

Test = Callable[[str], bool]


class Wild(Enum):
    """A wildcard: one character, or any run of them."""

    ONE = "?"
    RUN = "*"


Token = str | Wild

_PIECES = re.compile(r"\$\{([*?$])\}|([*?])|([^*?$]+|\$)", re.DOTALL)
_ESCAPED = re.compile(r"\$\{([*?$])\}")
_SPECIAL = re.compile(r"[*?$]")


def escaped(text: str) -> str:
    """The pattern that matches `text` and nothing else."""
    return _SPECIAL.sub(lambda found: "${" + found[0] + "}", text)


def literal(pattern: str) -> str:
    """The text of a pattern whose wildcards count as characters, as in StringEquals."""
    return _ESCAPED.sub(lambda found: found[1], pattern) if "${" in pattern else pattern


def tokens(pattern: str) -> tuple[Token, ...]:
    """The pattern as characters and wildcards; neighbouring runs are one."""
    found: list[Token] = []
    for character, wildcard, text in _PIECES.findall(pattern):
        if wildcard == "*":
            if not found or found[-1] is not Wild.RUN:
                found.append(Wild.RUN)
        elif wildcard:
            found.append(Wild.ONE)
        else:
            found.extend(character or text)
    return tuple(found)


@lru_cache(maxsize=65536)
def matcher(pattern: str) -> Test:
    """Whether a text is what the pattern describes; case counts, `*` crosses everything."""
    chunks: list[list[Token]] = [[]]
    for token in tokens(pattern):
        if token is Wild.RUN:
            chunks.append([])
        else:
            chunks[-1].append(token)
    if any(Wild.ONE in chunk for chunk in chunks):
        return _searching([list(chunk) for chunk in chunks])
    texts = ["".join(str(token) for token in chunk) for chunk in chunks]
    if len(texts) == 1:
        return texts[0].__eq__
    return _finding(texts[0], texts[1:-1], texts[-1])


def _finding(head: str, middle: list[str], tail: str) -> Test:
    def test(text: str) -> bool:
        at, end = len(head), len(text) - len(tail)
        if at > end or not text.startswith(head) or not text.endswith(tail):
            return False
        for chunk in middle:
            at = text.find(chunk, at, end)
            if at < 0:
                return False
            at += len(chunk)
        return True

    return test


def _searching(chunks: list[list[Token]]) -> Test:
    # Each chunk has a fixed length, so leftmost search is complete and a hostile pattern cannot backtrack.
    sizes = [len(chunk) for chunk in chunks]
    compiled = [re.compile("".join("." if token is Wild.ONE else re.escape(str(token)) for token in chunk), re.DOTALL)
                for chunk in chunks]  # fmt: skip

    def test(text: str) -> bool:
        if len(chunks) == 1:
            return compiled[0].fullmatch(text) is not None
        at, end = sizes[0], len(text) - sizes[-1]
        if at > end or compiled[0].match(text) is None or compiled[-1].match(text, end) is None:
            return False
        for chunk in compiled[1:-1]:
            found = chunk.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    return test


def matches_action(pattern: str, action: str) -> bool:
    """Whether an action is one the pattern names; case does not count."""
    return matcher(pattern.lower())(action.lower())


@lru_cache(maxsize=65536)
def resource_matcher(pattern: str) -> Test:
    """Whether a resource is one that `Resource` names: part by part, and the last part takes what remains.

    So `*` at the end of a short ARN crosses colons and `*` within an ARN does not.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) == 1:
        return matcher(pattern)
    tests = tuple(matcher(part) for part in parts)
    last = len(parts) - 1

    def test(text: str) -> bool:
        found = text.split(":", last)
        return len(found) == len(tests) and all(each(part) for each, part in zip(tests, found, strict=True))

    return test


@lru_cache(maxsize=65536)
def arn_matcher(pattern: str) -> Test | None:
    """Whether an ARN is one that ArnLike names, each of six parts on its own; `None` for a pattern with fewer."""
    if pattern.count(":") < ARN_PARTS - 1:
        return None
    return resource_matcher(pattern)


def covers_everything(pattern: str) -> bool:
    """Whether the pattern matches every text: it is made of stars."""
    return bool(pattern) and not pattern.strip("*")


def covers_every_action(pattern: str) -> bool:
    """Whether the pattern matches every action of every service: `*` or `*:*`."""
    prefix, colon, name = pattern.partition(":")
    return covers_everything(prefix) and (not colon or covers_everything(name))
