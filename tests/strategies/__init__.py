"""Random clusters, as the raw documents that kubectl and the AWS CLI print; the one home of generators.

Vocabularies are small, so that what is generated meets: a binding its role, a pod its Secret, a trust its token. A
cluster has the objects and rights that one family of steps is about, so that rare steps come up often enough.
"""

from __future__ import annotations

from types import ModuleType

from hypothesis import strategies as st

from strategies import (
    admission,
    bridge,
    control,
    escape,
    goals,
    identity,
    network,
    nodes,
    pivot,
    raising,
    rights,
    volumes,
)
from strategies.aws import aws
from strategies.rbac import rbac
from strategies.words import Json
from strategies.workload import workloads

# Each has PHRASES, rules of roles, and `more`, which adds to the documents of a cluster or edits them; `None` is none.
FAMILIES = (
    None,
    rights,
    nodes,
    control,
    network,
    escape,
    volumes,
    bridge,
    admission,
    raising,
    pivot,
    identity,
    goals,
)


@st.composite
def clusters(draw: st.DrawFn, *families: ModuleType | None) -> list[Json]:
    """A cluster and the account around it, about one of some families.

    Where no family is asked for, any part may be missing from the snapshot.
    """
    family = draw(st.sampled_from(families or FAMILIES))
    parts = "all" if families else draw(st.sampled_from(("workloads", "rbac", "aws", "all", "all", "all")))
    documents: list[Json] = []
    if parts in ("workloads", "all"):
        documents += draw(workloads())
    if parts in ("rbac", "all"):
        documents += draw(rbac(family.PHRASES if family is not None else ()))
    if parts in ("aws", "all"):
        documents += draw(aws())
    if family is not None and parts == "all":
        family.more(draw, documents)
    return documents


__all__ = ["FAMILIES", "aws", "clusters", "rbac", "workloads"]
