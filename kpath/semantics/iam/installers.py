"""Buckets in which installers of clusters keep what they made.

Source: kOps documentation, The State Store.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.tables import Model
from kpath.refs import Ref

HELD = Assumption("it holds an administrator's kubeconfig, or the keys to make one", Confidence.LOW)


def state_buckets(model: Model) -> Iterator[tuple[Ref, Evidence]]:
    """The buckets whose name says that they are kOps's, and where it stands."""
    for ref, each in model.buckets.items():
        name = ref.name
        if "kops" in name and "state" in name:
            yield ref, (Fact(ref, each.at, each.policy) if each.policy is not None else Fact(ref, "/Name", name),)
