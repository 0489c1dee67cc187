"""Places in objects after a patch, as places in the objects before it."""

from __future__ import annotations

from msgspec.structs import replace

from kpath.evidence import Fact
from kpath.snapshot.patch import Patch


def unshifted(fact: Fact, patch: Patch) -> Fact:
    """A fact of an object that a patch took elements of lists from, at the place that it had with them."""
    removed: dict[str, list[int]] = {}
    for each in patch.operations:
        holder, _, last = each.path.rpartition("/")
        if each.of == fact.of and each.op == "remove" and last.isdecimal():
            removed.setdefault(holder, []).append(int(last))
    if not removed:
        return fact
    before: list[str] = []
    for token in fact.at.split("/")[1:]:
        gone = removed.get("".join(f"/{each}" for each in before), ())
        if token.isdecimal():
            number = int(token)
            for index in sorted(gone):
                number += index <= number
            token = str(number)
        before.append(token)
    return replace(fact, at="".join(f"/{each}" for each in before))
