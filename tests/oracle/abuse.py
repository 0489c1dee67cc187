"""The catalogue's section 5, beyond roles and tokens: rights over the guard rails, the certificates and the nodes."""

from __future__ import annotations

from oracle.containers import Pairs
from oracle.escalations import full
from oracle.rights import Rights
from oracle.world import World


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = full(world)
    yield from _labels(rights)


def _labels(rights: Rights) -> Pairs:
    """S13: a binding in a namespace gives rights over that very namespace, though namespaces are in none."""
    for verb in ("update", "patch"):
        bound = [right for right in rights.stored(verb, "namespaces", bind_here=True) if right.space is not None]
        for right in (*rights.may(verb, "namespaces"), *bound):
            for space in {right.space} if right.space is not None else rights.world.namespaces:
                if right.names is None or space in right.names:
                    for who in rights.members(right.subject):
                        yield "NS_LABEL_EDIT", who, f"change/NS_LABEL_EDIT/ns/{space}"
