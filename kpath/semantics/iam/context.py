"""What is known of the keys a condition may ask for, and who decides the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from msgspec import Struct

# A key that ends in a slash stands for every key that starts with it, a star for every key not named elsewhere.
EVERY_OTHER = "*"
CHOSEN = frozenset({
    "aws:referer", "aws:requestedregion", "aws:requesttag/", "aws:securetransport", "aws:tagkeys", "aws:useragent",
    "sts:durationseconds", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys",
})  # fmt: skip


class Open(Enum):
    """A key without a value of its own: the caller picks one, or nobody here can tell."""

    CHOSEN = "chosen"
    UNKNOWN = "unknown"


class Context(Struct, frozen=True):
    """Condition keys, in lower case, and what is known of them.

    `known` holds the values, none of them where the key is absent from the request; `absent` and `chosen`
    name keys, or with a trailing slash families of keys. Every other key is unknown, unless `absent` holds a star.
    """

    known: Mapping[str, tuple[str, ...]] = {}
    absent: frozenset[str] = frozenset()
    chosen: frozenset[str] = CHOSEN

    def values(self, key: str) -> tuple[str, ...] | Open:
        """The values of a key, none if it is absent, or who decides them."""
        key = key.lower()
        if key in self.known:
            return self.known[key]
        family = key.partition("/")[0] + "/"
        if key in self.absent or family in self.absent:
            return ()
        if key in self.chosen or family in self.chosen:
            return Open.CHOSEN
        return () if EVERY_OTHER in self.absent else Open.UNKNOWN

    def over(self, known: Mapping[str, tuple[str, ...]]) -> Context:
        """This context, and beneath it what is known in general."""
        return Context({**known, **self.known}, self.absent, self.chosen)

    def given(self, cell: Mapping[str, tuple[str, ...]]) -> Context:
        """This context, with values for some keys that were open."""
        return Context({**self.known, **cell}, self.absent, self.chosen)


# Nothing is known but what follows from the request itself.
UNCERTAIN = Context()


def context(
    values: Mapping[str, str | Iterable[str]] | None = None,
    *,
    absent: Iterable[str] = (),
    chosen: Iterable[str] = CHOSEN,
) -> Context:
    """A context from keys in any case and values alone or in a list."""
    known = {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in (values or {}).items()}
    return Context(known, frozenset(key.lower() for key in absent), frozenset(key.lower() for key in chosen))
