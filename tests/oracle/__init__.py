"""An independent simulator: the catalogue's steps over raw documents, with plain sets and loops.

It shares no code with kpath and is slow on purpose. What is undecided counts: it assumes the worst.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kpath.refs import Ref
from oracle import (
    abuse,
    admission,
    api,
    aws,
    bridge,
    containers,
    escape,
    gateways,
    goals,
    identity,
    lifecycle,
    mapping,
    network,
    nodes,
    pivot,
    raising,
    tokens,
    volumes,
)
from oracle.world import World

FAMILIES = (
    containers.steps,
    tokens.steps,
    mapping.steps,
    api.steps,
    aws.steps,
    nodes.steps,
    network.steps,
    gateways.steps,
    escape.steps,
    volumes.steps,
    abuse.steps,
    lifecycle.steps,
    bridge.steps,
    admission.steps,
    raising.steps,
    pivot.steps,
    identity.steps,
    goals.steps,
)

Pairs = set[tuple[str, str]]


def pairs(documents: Iterable[dict[str, Any]]) -> dict[str, Pairs]:
    """Of every step that can be taken, each source with each target."""
    world = World(documents)
    found: dict[str, Pairs] = {}
    for family in FAMILIES:
        for step, source, target in family(world):
            found.setdefault(step, set()).add((source, target))
    return found


def reach(documents: Iterable[dict[str, Any]], source: str) -> set[str]:
    """Everything that whoever holds `source` can come to hold."""
    every = [pair for found in pairs(documents).values() for pair in found]
    held, more = {Ref(source)}, True
    while more:
        new = {Ref(target) for start, target in every if held.issuperset(start.split(" & "))} - held
        held |= new
        more = bool(new)
    return {str(ref) for ref in held}
