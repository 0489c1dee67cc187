"""The nodes among whose logs some pod can put links, and what lies open by them.

Source: the kubelet serves `/var/log` as files, and follows links in it as root.
"""

from __future__ import annotations

import numpy as np

from kpath.model.memo import memoised
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.escapes import ce_var_log_symlink
from kpath.semantics.workload.places import Place, escapes


@memoised
def linking(model: Model) -> tuple[Place, ...]:
    """The pods that can put links among the logs of their node, node by node."""
    return tuple(escapes(model, ce_var_log_symlink))


@memoised
def _linked(model: Model) -> Ids:
    """For each node the number of its files, where a link can lead there; else -1."""
    linked = {place.node.ref for place in linking(model)}
    numbers = [model.names.number(Ref(f"files/{each.name}")) if each.ref in linked else -1 for each in model.nodes]
    return np.array(numbers, np.int32)


def files(model: Model, nodes: Ids) -> Refs:
    """The files of those of some nodes among whose logs links can be put."""
    numbers = np.unique(_linked(model)[nodes])
    return Refs(model.names, numbers[numbers >= 0])
