"""The AWS roles that nodes carry, by their instance profiles or node groups."""

from __future__ import annotations

from msgspec import Struct

from kpath.evidence import Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.workload.metadata import READS, credentials, has_metadata

__all__ = ["READS", "Carried", "carried"]


class Carried(Struct, frozen=True):
    """A role, the nodes that carry it with the session that each hands out, and why the first of them does."""

    role: Ref
    nodes: tuple[Node, ...]
    sessions: tuple[Ref, ...]
    because: Evidence

    def holders(self, model: Model) -> Refs:
        """Whatever it is to have the role's credentials: the role, and the session of each node."""
        return model.names.refs((self.role, *self.sessions))

    def changeable(self, model: Model) -> Refs:
        """The same, without the sessions of nodes whose instance is AWS's to manage."""
        own = [session for node, session in zip(self.nodes, self.sessions, strict=True) if node.compute != "auto"]
        return model.names.refs((self.role, *own) if own else ())


@memoised
def carried(model: Model) -> tuple[Carried, ...]:
    """Every role that is known to be some node's."""
    groups: dict[Ref, list[tuple[Node, Ref, Evidence]]] = {}
    for node in model.nodes:
        found = credentials(model, node)
        if found is not None and found.role is not None and has_metadata(node):
            groups.setdefault(found.role, []).append((node, found.session, found.because))
    return tuple(
        Carried(role, tuple(each[0] for each in found), tuple(each[1] for each in found), found[0][2])
        for role, found in sorted(groups.items())
    )
