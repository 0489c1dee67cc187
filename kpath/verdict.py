"""What a policy decides, with the facts that decide it."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact


class Allowed(Struct, frozen=True):
    """It is allowed, because of these facts."""

    because: Evidence
    assumes: ClassVar[tuple[Assumption, ...]] = ()


class Denied(Struct, frozen=True):
    """It is not: these facts forbid it, or, if empty, nothing allows it."""

    because: Evidence = ()
    assumes: ClassVar[tuple[Assumption, ...]] = ()


class Undecided(Struct, frozen=True):
    """It is allowed if what is assumed holds."""

    because: Evidence
    assumes: tuple[Assumption, ...]


Verdict = Allowed | Denied | Undecided


def word(verdict: Verdict) -> str:
    """The verdict's name in answers: `allowed`, `denied` or `undecided`."""
    return type(verdict).__name__.lower()


def all_of(*verdicts: Verdict) -> Verdict:
    """What holds if all of them hold: the first denial, else every reason and every assumption."""
    because: list[Fact] = []
    assumes: list[Assumption] = []
    for verdict in verdicts:
        if isinstance(verdict, Denied):
            return verdict
        because += (fact for fact in verdict.because if fact not in because)
        assumes += (each for each in verdict.assumes if each not in assumes)
    return Undecided(tuple(because), tuple(assumes)) if assumes else Allowed(tuple(because))


def any_of(*verdicts: Verdict) -> Verdict:
    """The best that one of them offers: the first allowed, the first undecided, or a denial with every reason."""
    for kind in (Allowed, Undecided):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Denied(tuple(fact for verdict in verdicts for fact in verdict.because))
