"""Whom the kubelets of a cluster let in.

Source: Kubernetes documentation, Kubelet authentication/authorization; KubeletConfiguration; kubeadm's ConfigMap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from kpath.errors import SnapshotError
from kpath.evidence import Fact
from kpath.model.tables import Model
from kpath.semantics.workload import platform
from kpath.snapshot import yamls
from kpath.verdict import Allowed, Denied, Verdict, all_of

READS = platform.READS | {"config_maps"}

_NAME = "kubelet-config"


def open_to_all(model: Model) -> Iterator[Verdict]:
    """Each configuration by which the kubelets do for anybody whatever is asked."""
    for ref, stored in model.config_maps.items():
        if ref.namespace == "kube-system" and ref.name.startswith(_NAME):
            text = _text(bytes(stored.data))
            if _is_open(text, str(ref)):
                # The text itself may hold what nobody should read again.
                verdict = all_of(Allowed((Fact(ref, "/metadata/name", ref.name),)), platform.self_managed(model))
                if not isinstance(verdict, Denied):
                    yield verdict


def _text(data: bytes) -> str:
    try:
        return (msgspec.json.decode(data, type=dict[str, str] | None) or {}).get("kubelet", "")
    except msgspec.MsgspecError:
        return ""


def _is_open(text: str, of: str) -> bool:
    """Whether a configuration authenticates nobody and asks nobody; neither is so by default."""
    try:
        found = yamls.documents(text.encode(), of)
    except SnapshotError:
        # No kubelet starts with it.
        return False
    for document in found if isinstance(found, list) else ():
        anonymous = _below(document, "authentication", "anonymous", "enabled")
        if anonymous is True and _below(document, "authorization", "mode") == "AlwaysAllow":
            return True
    return False


def _below(document: object, *keys: str) -> object:
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
