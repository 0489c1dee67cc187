"""Rights that are open to more or less everybody."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.aggregate import roles
from kpath.semantics.rbac.bindings import Bound, stored
from kpath.semantics.rbac.objects import before
from kpath.semantics.rbac.universe import ALL_ACCOUNTS, AUTHENTICATED, UNAUTHENTICATED
from kpath.semantics.workload.platform import self_managed
from kpath.verdict import Denied

ANONYMOUS = frozenset({UNAUTHENTICATED, Ref("user/system:anonymous")})
APISERVER = Ref("apiserver")

# Open to everybody in every cluster, and harmless.
MEANT_TO_BE = frozenset(
    Ref(f"clusterrole/system:{name}")
    for name in ("public-info-viewer", "discovery", "basic-user", "service-account-issuer-discovery")
)
LIMITED = 32


def open_to_all(model: Model) -> Iterator[Bound]:
    """The groups of everybody, and of nobody in particular, that a binding gives a role that is there."""
    for role, bound in stored(model).items():
        if role in roles(model) and role not in MEANT_TO_BE:
            yield from (each for each in bound if each.subject in ANONYMOUS or is_everybody(each.subject))


def is_everybody(subject: Ref) -> bool:
    """Whether a subject is a group that one is in without being put there."""
    return subject in (AUTHENTICATED, ALL_ACCOUNTS) or subject.startswith(f"{ALL_ACCOUNTS}:")


def anonymously(model: Model) -> tuple[Assumption, ...] | None:
    """What to assume where nobody has to say who they are; `None` on EKS since 1.32, where that leads nowhere."""
    what = "anonymous requests are not limited"
    if isinstance(self_managed(model), Denied):
        return before(model, LIMITED, what)
    return (Assumption(what, Confidence.MEDIUM, "eks describe-cluster"),)
