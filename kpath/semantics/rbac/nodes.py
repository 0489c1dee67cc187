"""What a node may do: the Node authorizer and NodeRestriction.

Source: Kubernetes documentation, Using Node Authorization; Admission Control, NodeRestriction.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.rbac.mapped import mapped
from kpath.semantics.rbac.objects import before, tokens_of
from kpath.semantics.workload.colocated import Brought, accounts_on, tokens_on
from kpath.semantics.workload.metadata import known_only_by_name

NODE_TOKENS_LIMITED = 33


def node_mapping(model: Model, role: Ref | None, node: Node) -> Iterator[tuple[Evidence, tuple[Assumption, ...]]]:
    """Why a session of a node's role is that node to the API server, each reason with what it assumes."""
    found = [each for each in mapped(model) if each.is_node and each.principal == role]
    for each in found:
        yield each.because, each.assumes
    if not found:
        what = f"the role of {node.name} is mapped to nodes, for it has joined"
        assumed = Assumption(what, Confidence.MEDIUM, "eks describe-access-entry")
        yield known_only_by_name(node), (assumed,)


def requestable(model: Model, node: Node) -> Iterator[tuple[Ref, Brought, tuple[Assumption, ...]]]:
    """The tokens that a node's identity may ask for: of the accounts of its pods, and since 1.33 only for
    the audiences that those pods use."""
    for each in tokens_on(model, node):
        yield each.target, each, ()
    older = before(model, NODE_TOKENS_LIMITED, "a node may ask for any audience")
    if older is not None:
        for each in accounts_on(model, node):
            for target in (each.target, *tokens_of(model, each.target)):
                yield target, each, older
