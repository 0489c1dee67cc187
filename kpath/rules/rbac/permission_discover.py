from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.rbac.access import policies
from kpath.semantics.rbac.aggregate import roles
from kpath.semantics.rbac.bindings import stored
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.universe import members


@rule(
    verb="has the rights of",
    attack=("T1069",),
    difficulty=1, noise=1, gain=1,
    reads=READS,
)  # fmt: skip
def permission_discover(model: Model) -> Iterator[Step]:
    """Have the rights of a role, or of an EKS access policy, in a namespace or everywhere.

    When:
        A binding names the identity, or a group that it is in by what it is or by how it is mapped, and the role
        is there; or an access policy is associated with the identity.

    Trap:
        Where the rights hold is said by the binding, not by the role: a ClusterRole in a RoleBinding ends with the
        namespace. A binding may name service accounts of other namespaces. One to a missing role gives nothing.
    """
    for role, bound in stored(model).items():
        for each in bound if role in roles(model) else ():
            target = Ref(f"grant/{each.namespace or '*'}/{role}")
            yield Step(members(model, each.subject), target, each.because)
    for name, grant in policies(model):
        yield Step(grant.subject, Ref(f"grant/{grant.namespace or '*'}/{name}"), grant.because, grant.assumes)
