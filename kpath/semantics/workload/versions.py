"""Versions as nodes report them and as advisories state them, in the order in which they came out."""

from __future__ import annotations

import re

from msgspec import Struct

# Longer numbers are none that a version has.
_NUMBER = r"[0-9]{1,9}(?![0-9])"
_NUMBERS = rf"{_NUMBER}(?:[.]{_NUMBER}|[+-]{_NUMBER}(?![A-Za-z]))*"
# The numbers are looked ahead at first, so that no fewer are taken where what comes after them does not fit.
_VERSION = re.compile(rf"v?(?=({_NUMBERS}))\1(?![.][0-9])([^\s,|]*)")
_BEFORE_RELEASE = re.compile(rf"[.~-]?(alpha|beta|pre|rc)[.-]?({_NUMBER})?(?![A-Za-z])", re.IGNORECASE)
# A product may stand before the version, and a sign that keeps what is meant.
_STATED = re.compile(r"\s*(?:[A-Za-z][A-Za-z-]*[A-Za-z][ -])?\s*(<|>=|=|)\s*(?=v?[0-9])(.*?)\s*")


class Version(Struct, frozen=True, order=True):
    """The numbers that a version begins with, and, after those that came before the release, the release."""

    numbers: tuple[int, ...]
    before_release: tuple[int, str, int]


RELEASE = (1, "", 0)


def version(text: str) -> Version | None:
    """What a text is a version of: of `5.10.205-195.807.amzn2` the numbers are 5, 10, 205, 195 and 807.

    What distributions append (`1.6.20~ds1`) makes no other version; `1.7.0-rc.1` is older than 1.7.0.
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    numbers = [int(each) for each in re.split(r"[.+-]", found[1])]
    while numbers and not numbers[-1]:
        del numbers[-1]
    early = _BEFORE_RELEASE.match(found[2])
    return Version(tuple(numbers), (0, early[1].lower(), int(early[2] or 0)) if early else RELEASE)


def stated(text: str, signs: tuple[str, ...]) -> Version | None:
    """The version of which an advisory speaks, if it is one, after no other sign than some."""
    found = _STATED.fullmatch(text)
    return version(found[2]) if found is not None and found[1] in signs else None
