"""What rights over nodes and their subresources extend to: the nodes, and the pods on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpath.evidence import Assumption, Confidence
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.workload.places import ANYWHERE, NOWHERE

# The kubelet asks for the right to what is wanted of it; the API server, on the way there, for `nodes/proxy`.
DIRECT = Assumption("the kubelet's port is in reach", Confidence.MEDIUM)


def covered(model: Model, grant: Grant) -> Ids:
    """The numbers of the nodes that a grant extends to; one that stands for unknown nodes may be any of them."""
    numbers = [
        number
        for number, node in enumerate(model.nodes)
        if grant.names is None or node.is_placeholder or node.name in grant.names
    ]
    return np.array(numbers, np.int32)


def pods_on(model: Model, grant: Grant) -> Iterator[tuple[Refs, tuple[Assumption, ...]]]:
    """The pods on the nodes that a grant extends to; apart, and with a doubt, those that may come there."""
    nodes = covered(model, grant)
    numbers = set(nodes.tolist())
    yield model.pods.on(model.pods.of(model.pods.classes), nodes), ()
    coming = [each for each in model.pods.classes if numbers.intersection(model.pods.candidates.get(each.number, ()))]
    yield model.pods.on(model.pods.of(coming), NOWHERE), (ANYWHERE,)


def data_of(model: Model, grant: Grant, kind: str) -> Refs:
    """What the nodes that a grant extends to have of a kind, such as their `journal`; none of Fargate is the user's."""
    nodes = (model.nodes[number] for number in covered(model, grant).tolist())
    return model.names.refs(Ref(f"{kind}/{node.name}") for node in nodes if node.compute != "fargate")
