"""Random clusters, as the raw documents that kubectl and the AWS CLI print; the one home of generators.

Vocabularies are small, so that what is generated meets: a binding its role, a pod its Secret, a trust its token.
"""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.aws import aws
from strategies.rbac import rbac
from strategies.words import Json
from strategies.workload import workloads


@st.composite
def clusters(draw: st.DrawFn) -> list[Json]:
    """A cluster and the account around it; any part may be missing from the snapshot."""
    parts = draw(st.sampled_from(("workloads", "rbac", "aws", "all", "all", "all")))
    documents: list[Json] = []
    if parts in ("workloads", "all"):
        documents += draw(workloads())
    if parts in ("rbac", "all"):
        documents += draw(rbac())
    if parts in ("aws", "all"):
        documents += draw(aws())
    return documents


__all__ = ["aws", "clusters", "rbac", "workloads"]
