"""Who may give service accounts roles through EKS Pod Identity.

Source: service authorization reference, Amazon EKS; its user guide, EKS Pod Identity.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_aws import PodIdentity
from kpath.refs import Ref, sa
from kpath.semantics.iam import estate, pod_identity
from kpath.semantics.iam.able import Able, Call, able, besides, meeting, passes
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.estate import clusters
from kpath.semantics.iam.pod_identity import SERVICE, admitted, agent
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.universe import accounts
from kpath.verdict import Denied, Verdict

GONE = Assumption("the association that the service account has is deleted first")

READS = estate.READS | pod_identity.READS | universe.READS


class Associating(Struct, frozen=True):
    """Service accounts that get a role, once a principal associates them with it."""

    principal: Ref
    accounts: Refs
    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


def associating(model: Model) -> Iterator[Associating]:
    """Who may give which role to which service accounts."""
    roles = frozenset(map(str, trusts(model)))
    given = meeting(passes(model, roles, SERVICE), able(model, Call("iam:GetRole", roles)))
    for ref, cluster in clusters(model) if given else ():
        held = {at: each for at, each in model.pod_identities.items() if each.cluster_name == cluster.name}
        taken = frozenset(sa(each.namespace, each.service_account) for each in held.values())
        creating = able(model, Call("eks:CreatePodIdentityAssociation", frozenset({ref})))
        free = frozenset(accounts(model)) - taken
        yield from _given(model, ref, cluster.name, besides(creating, given), free)
        for each in _given(model, ref, cluster.name, besides(creating, given), taken):
            yield replace(each, assumes=(*each.assumes, GONE))
        for at, other in held.items():
            updating = able(model, Call("eks:UpdatePodIdentityAssociation", frozenset({str(at)})))
            account = frozenset({sa(other.namespace, other.service_account)})
            yield from _given(model, ref, cluster.name, besides(updating, given), account)


def _given(
    model: Model, cluster: Ref, name: str, able_to: tuple[Able, ...], to: frozenset[Ref]
) -> Iterator[Associating]:
    for each in able_to:
        for role in sorted(Ref(name) for name in each.resources):
            for found, verdict in _admitted(model, cluster, name, role, to):
                because = (*each.because(model), *verdict.because)
                assumes = (*each.assumes, *verdict.assumes, *agent(model).assumes)
                yield Associating(each.principal, model.names.refs(sorted(found)), role, because, assumes)


@memoised
def _admitted(
    model: Model, cluster: Ref, name: str, role: Ref, to: frozenset[Ref]
) -> tuple[tuple[frozenset[Ref], Verdict], ...]:
    """Service accounts by what a role's trust says of their pods; one stands for all where it asks for no tags."""
    trust = trusts(model)[role]
    asks = any("requesttag/" in clause.key.lower() for each in trust.statements for clause in each.clauses)
    groups: dict[Verdict, set[Ref]] = {}
    for account in sorted(to) if asks else sorted(to)[:1]:
        asked = PodIdentity("", name, account.namespace, account.name, role)
        verdict = admitted(model, asked, cluster)
        if not isinstance(verdict, Denied):
            groups.setdefault(verdict, set()).update({account} if asks else to)
    return tuple((frozenset(found), verdict) for verdict, found in groups.items())
