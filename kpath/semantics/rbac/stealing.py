"""Who may have pods made anew on a node of their choice, by closing the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpath.evidence import Assumption, Confidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import grants, together
from kpath.semantics.rbac.kubelets import pods_on
from kpath.semantics.rbac.objects import pods
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS

COMES = Assumption("its scheduling rules let the pod come to that node", Confidence.MEDIUM)

# Rights that end a pod where it is: over pods, and over the node beneath them.
_ENDING = (
    ("delete", "pods"), ("create", "pods/eviction"), ("update", "pods"), ("patch", "pods"),
    ("update", "pods/status"), ("patch", "pods/status"),
)  # fmt: skip
_EMPTYING = (("delete", "nodes"), ("update", "nodes"), ("patch", "nodes"))
_CLOSING = (("update", "nodes"), ("patch", "nodes"), ("update", "nodes/status"), ("patch", "nodes/status"))


def stealing(model: Model) -> Iterator[tuple[Joint, Refs]]:
    """Principals who may end pods and close nodes, with the pods that their controllers then make elsewhere."""
    # Whoever may close some nodes only leaves others open.
    closing = [each for each in _any(model, _CLOSING) if each.names is None]
    for joint in _joints(model, _ENDING, closing):
        yield joint, pods(model, joint.grants[0]) & _movable(model)
    for joint in _joints(model, _EMPTYING, closing):
        for found, _ in pods_on(model, joint.grants[0]):
            yield joint, found & _movable(model)


def _any(model: Model, rights: tuple[tuple[str, str], ...]) -> Iterator[Grant]:
    for verb, resource in rights:
        yield from grants(model, verb, resource)


def _joints(model: Model, ending: tuple[tuple[str, str], ...], closing: list[Grant]) -> Iterator[Joint]:
    """Without those who may do anything: what they reach is no matter of where a pod runs."""
    for joint in together(model, _any(model, ending), closing):
        if joint.grants[0].subject not in (MASTERS, CLUSTER_ADMIN):
            yield joint


@memoised
def _movable(model: Model) -> Refs:
    """The pods that a controller makes anew, wherever there is room. Those of a DaemonSet stay with their node."""
    moving = np.array([*(owner.kind != "ds" for owner in model.pods.owners), False], np.bool_)
    return Refs(model.names, np.flatnonzero(moving[model.pods.columns.owner]).astype(np.int32))
