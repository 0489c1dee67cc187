"""The pods that hold a token of their own for EKS Pod Identity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpath.evidence import Evidence
from kpath.model.classes import PodClass
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.places import TOKEN_READS, account_fact, held_tokens

READS = TOKEN_READS
WINDOWS, SYSTEM = "windows", "kubernetes.io/os"


def holders(model: Model, account: Ref, audience: str) -> Iterator[tuple[Refs, Evidence]]:
    """The pods of an account that hold its token for an audience; those yet to be made are given one."""
    groups: dict[Evidence, list[PodClass]] = {}
    for each in (found for found in model.pods.classes if found.service_account == account):
        tokens = [token for token in held_tokens(model, each) if token.audience == audience]
        for because in [token.because for token in tokens] or ([()] if each.planned else []):
            groups.setdefault((account_fact(each), *because), []).append(each)
    for because, classes in groups.items():
        yield on_linux(model, model.pods.of(classes)), because


def on_linux(model: Model, pods: Refs) -> Refs:
    """Those of some pods that are on a machine with Linux, as far as one can tell; Fargate is none."""
    usable = [
        number
        for number, node in enumerate(model.nodes)
        if node.compute != "fargate" and (node.info is None or node.info.operating_system != WINDOWS)
    ]
    return model.pods.on(model.pods.those(pods, _is_of_linux)[0], np.array([-1, *usable], np.int32))


def _is_of_linux(each: PodClass) -> bool:
    wanted = {each.spec.os.name if each.spec.os is not None else None, (each.spec.node_selector or {}).get(SYSTEM)}
    return WINDOWS not in wanted
