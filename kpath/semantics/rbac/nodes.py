"""What a node may do: the Node authorizer and NodeRestriction.

Source: Kubernetes documentation, Using Node Authorization; Admission Control, NodeRestriction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.rbac.mapped import Mapped, mapped
from kpath.semantics.rbac.objects import before, tokens_of
from kpath.semantics.rbac.universe import node_user
from kpath.semantics.workload.colocated import Brought, accounts, tokens
from kpath.semantics.workload.metadata import has_metadata, known_only_by_name
from kpath.semantics.workload.noderoles import carried

NODE_TOKENS_LIMITED = 33
UNGROUPED = Assumption("the API server takes it for a node without the group system:nodes", Confidence.LOW)
# The groups that nodes have to be in, those of Fargate and of Windows included.
OF_NODES = frozenset(
    Ref(f"group/{name}")
    for name in ("system:nodes", "system:bootstrappers", "system:node-proxier", "eks:kube-proxy-windows")
)


def node_mapping(model: Model, role: Ref | None, node: Node) -> Iterator[tuple[Evidence, tuple[Assumption, ...]]]:
    """Why a session of a node's role is that node to the API server, each reason with what it assumes."""
    found = [each for each in mapped(model) if each.is_node and each.principal == role]
    for each in found:
        yield each.because, (*each.assumes, *_in_doubt(each))
    if not found:
        what = f"the role of {node.ref} is mapped to nodes, for it has joined"
        assumed = Assumption(what, Confidence.MEDIUM, "eks describe-access-entry")
        yield known_only_by_name(node), (assumed,)


def _in_doubt(each: Mapped) -> tuple[Assumption, ...]:
    return (UNGROUPED,) if each.lacks_group else ()


@memoised
def joined(model: Model) -> Refs:
    """The identities of all nodes that have a kubelet of their own: Fargate's take no other pods."""
    own = [number for number, node in enumerate(model.nodes) if node.compute != "fargate"]
    return users_of(model, np.array(own, np.int32))


class Nameable(Struct, frozen=True):
    """Why a session of some role is a node to the API server, and the nodes that a name of choice can make it."""

    users: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def nameable(model: Model) -> Mapping[Ref, list[Nameable]]:
    """The roles that are mapped to nodes, and those of nodes, which have joined by some mapping."""
    everyone = np.arange(len(model.nodes), dtype=np.int32)
    of_instances = users_of(model, everyone[[has_metadata(node) for node in model.nodes]])
    found: dict[Ref, list[Nameable]] = {}
    for each in mapped(model):
        if each.is_node:
            users = users_of(model, everyone) if each.by_session else of_instances
            found.setdefault(each.principal, []).append(
                Nameable(users, each.because, (*each.assumes, *_in_doubt(each)))
            )
    for role in carried(model):
        if role.role not in found:
            what = f"{role.role} is mapped to nodes, for {role.nodes[0].ref} has joined"
            assumed = Assumption(what, Confidence.MEDIUM, "eks describe-access-entry")
            found[role.role] = [Nameable(of_instances, role.because, (assumed,))]
    return found


def beyond_nodes(each: Mapped) -> list[Ref]:
    """What a mapping makes of a role besides a node; the session of an instance has a name that nobody picks."""
    if each.is_picked:
        return []
    user = [each.user] if each.user is not None and not each.user.startswith("user/system:node:") else []
    return [*user, *(group for group in each.groups if group not in OF_NODES)]


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
