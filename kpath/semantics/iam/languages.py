"""Shortest examples of texts that a set of patterns tells apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from kpath.semantics.iam.patterns import ARN_PARTS, Token, Wild, literal, tokens

STATES_LIMIT = 3000
FRESH = "\N{WHITE SQUARE}"

# What a position of a pattern accepts: a set of characters (`None` for any), all but a colon, or a run of those.
Place = tuple[frozenset[str] | None, bool, bool]
Machine = tuple[Place, ...]
State = tuple[frozenset[int], ...]


def witnesses(compared: Iterable[tuple[str, str]]) -> tuple[str, ...] | None:
    """A text for every combination of answers that these comparisons can give, or `None` if there are too many.

    Each comparison is one of `equals`, `equalsignorecase`, `like` and `arn`, with its pattern.
    """
    distinct = sorted(set(compared))
    if all(base == "equals" for base, _ in distinct):
        return _exact([literal(pattern) for _, pattern in distinct])
    machines = [_machine(base, pattern) for base, pattern in distinct]
    if any(machine is None for machine in machines):
        return None
    return _explored([machine for machine in machines if machine is not None])


def _exact(values: list[str]) -> tuple[str, ...]:
    longest = max((len(value) for value in values), default=0)
    return (*values, FRESH * (longest + 1))


def _machine(base: str, pattern: str) -> Machine | None:
    if base == "equals":
        return tuple(_place(character) for character in literal(pattern))
    if base == "equalsignorecase":
        return tuple(_place(character, fold=True) for character in literal(pattern))
    if base == "like":
        return tuple(_place(token) for token in tokens(pattern))
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return None
    places: list[Place] = []
    for index, part in enumerate(parts):
        last = index == ARN_PARTS - 1
        places.extend(_place(token, barred=not last) for token in tokens(part))
        places.extend([] if last else [_place(":")])
    return tuple(places)


def _place(token: Token, *, fold: bool = False, barred: bool = False) -> Place:
    if isinstance(token, Wild):
        return None, barred, token is Wild.RUN
    return frozenset({token, token.lower(), token.upper()} if fold else {token}), False, False


def _explored(machines: list[Machine]) -> tuple[str, ...] | None:
    """Walk all patterns side by side, breadth first: the first text to reach a combination is a shortest one."""
    named = {character for machine in machines for accepted, _, _ in machine for character in accepted or ()}
    alphabet = [*sorted({":", *(each for each in named if len(each) == 1)}), FRESH]
    start = tuple(_closed(machine, {0}) for machine in machines)
    seen = {start}
    found: dict[tuple[bool, ...], str] = {}
    waiting: deque[tuple[State, str]] = deque([(start, "")])
    while waiting:
        state, text = waiting.popleft()
        accepts = tuple(len(machine) in places for machine, places in zip(machines, state, strict=True))
        found.setdefault(accepts, text)
        for character in alphabet:
            after = tuple(_step(machine, places, character) for machine, places in zip(machines, state, strict=True))
            if after not in seen:
                seen.add(after)
                waiting.append((after, text + character))
        if len(seen) * len(machines) > STATES_LIMIT:
            return None
    return tuple(found.values())


def _step(machine: Machine, places: frozenset[int], character: str) -> frozenset[int]:
    after: set[int] = set()
    for place in places:
        if place < len(machine):
            accepted, barred, run = machine[place]
            if character in accepted if accepted is not None else not (barred and character == ":"):
                after.add(place if run else place + 1)
    return _closed(machine, after)


def _closed(machine: Machine, places: set[int]) -> frozenset[int]:
    for place in sorted(places):
        while place < len(machine) and machine[place][2]:
            place += 1
            places.add(place)
    return frozenset(places)
