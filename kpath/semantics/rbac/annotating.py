"""Who has a say in the annotations of pods and of namespaces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import READS as GRANTS
from kpath.semantics.rbac.grants import grants
from kpath.semantics.rbac.objects import pods

READS = GRANTS | launches.READS

_WRITES = ("update", "patch")


def choosers(model: Model, among: Refs) -> Iterator[Grant]:
    """Who may write what annotations they like on a pod that they make, or on one of some pods; by namespace."""
    yield from launches.launchers(model)
    spaces = sorted({model.pods.classes[number].namespace for number in np.unique(model.pods.columns.cls[among.ids])})
    for grant in (each for verb in _WRITES for each in grants(model, verb, "pods")):
        within = spaces if grant.names is None else sorted({ref.namespace for ref in pods(model, grant) & among})
        for space in within:
            if grant.namespace in (None, space):
                yield replace(grant, namespace=space, names=None)


def editors(model: Model) -> Iterator[tuple[Grant, str]]:
    """Who may write the labels and annotations of which namespaces; a RoleBinding in one is enough."""
    for grant in (each for verb in _WRITES for each in grants(model, verb, "namespaces")):
        for space in sorted(model.spaces):
            if grant.namespace in (None, space) and (grant.names is None or space in grant.names):
                yield grant, space
