"""What a node may do: the Node authorizer and NodeRestriction.

Source: Kubernetes documentation, Using Node Authorization; Admission Control, NodeRestriction.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.rbac.mapped import mapped
from kpath.semantics.rbac.objects import before, tokens_of
from kpath.semantics.rbac.universe import node_user
from kpath.semantics.workload.colocated import Brought, accounts, tokens
from kpath.semantics.workload.metadata import known_only_by_name

NODE_TOKENS_LIMITED = 33


def node_mapping(model: Model, role: Ref | None, node: Node) -> Iterator[tuple[Evidence, tuple[Assumption, ...]]]:
    """Why a session of a node's role is that node to the API server, each reason with what it assumes."""
    found = [each for each in mapped(model) if each.is_node and each.principal == role]
    for each in found:
        yield each.because, each.assumes
    if not found:
        what = f"the role of {node.ref} is mapped to nodes, for it has joined"
        assumed = Assumption(what, Confidence.MEDIUM, "eks describe-access-entry")
        yield known_only_by_name(node), (assumed,)


@memoised
def _node_users(model: Model) -> Ids:
    return np.array([model.names.number(node_user(node.name)) for node in model.nodes], np.int32)


def users_of(model: Model, nodes: Ids) -> Refs:
    """The identities of some nodes."""
    return Refs(model.names, np.unique(_node_users(model)[nodes]))


def requestable(model: Model) -> Iterator[Brought]:
    """The tokens that nodes may ask for: of the accounts of their pods, and since 1.33 only for the audiences
    that those pods use."""
    yield from tokens(model)
    older = before(model, NODE_TOKENS_LIMITED, "a node may ask for any audience")
    if older is not None:
        for each in accounts(model):
            for target in (each.target, *tokens_of(model, each.target)):
                yield replace(each, target=target, assumes=(*each.assumes, *older))
