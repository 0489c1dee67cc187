"""What the command line of a container says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from kpath.evidence import SOURCE, Evidence, Fact, pointer
from kpath.semantics.workload.vantages import Vantage

_ON = frozenset({"", "1", "t", "true"})

# A word, and the entry of the command line that it is in.
Word = tuple[str, Fact]


def words(vantage: Vantage) -> Iterator[Word]:
    """The words of a container's command and arguments."""
    container = vantage.container
    for field, entries in (("command", container.command), ("args", container.args)):
        for index, entry in enumerate(entries or ()):
            fact = Fact(SOURCE, vantage.at + pointer(field, index), entry)
            yield from ((word, fact) for word in _split(entry))


def _split(entry: str) -> list[str]:
    """An entry is a word, or, after `sh -c`, a line of them."""
    try:
        return shlex.split(entry)
    except ValueError:
        return entry.split()


def flags(vantage: Vantage, name: str) -> Iterator[tuple[str, Evidence]]:
    """Each value that a flag is given, and the entries that give it."""
    line = list(words(vantage))
    for index, (word, fact) in enumerate(line):
        given, equals, value = word.partition("=")
        if given == name and equals:
            yield value, (fact,)
        elif given == name and index + 1 < len(line):
            value, also = line[index + 1]
            yield value, tuple(dict.fromkeys((fact, also)))


def flag(vantage: Vantage, name: str) -> tuple[str, Evidence] | None:
    """What a flag is set to, and the entries that set it; the last one counts."""
    found = list(flags(vantage, name))
    return found[-1] if found else None


def switched_on(vantage: Vantage, name: str) -> Evidence:
    """The entry that switches something on; none where it is off."""
    found: Evidence = ()
    for word, fact in words(vantage):
        given, _, value = word.partition("=")
        if given == name:
            found = (fact,) if value.lower() in _ON else ()
    return found


def part(vantage: Vantage, text: str) -> Evidence:
    """The field by which a container is a certain part of a product: a word of its command line, or its name."""
    for word, fact in words(vantage):
        if text in word:
            return (fact,)
    name = vantage.container.name
    return (Fact(SOURCE, f"{vantage.at}/name", name),) if text in name else ()
