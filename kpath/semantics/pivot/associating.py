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
from kpath.semantics.iam.able import Able, Call, Trusting, able, alike_in_trust, besides, meeting, passes
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.estate import beneath, clusters
from kpath.semantics.iam.pod_identity import SERVICE, admitted, agent
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.universe import accounts
from kpath.verdict import Denied, Verdict

GONE = Assumption("the association that the service account has is deleted first")

# The add-ons that take a role, and the service account of each.
ADDONS = {
    "vpc-cni": Ref("sa/kube-system/aws-node"),
    "aws-ebs-csi-driver": Ref("sa/kube-system/ebs-csi-controller-sa"),
    "aws-efs-csi-driver": Ref("sa/kube-system/efs-csi-controller-sa"),
    "aws-mountpoint-s3-csi-driver": Ref("sa/kube-system/s3-csi-driver-sa"),
    "amazon-cloudwatch-observability": Ref("sa/amazon-cloudwatch/cloudwatch-agent"),
}

READS = estate.READS | pod_identity.READS | universe.READS


class Associating(Struct, frozen=True):
    """Service accounts that get roles, once a principal associates them."""

    principal: Ref
    accounts: Refs
    roles: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def associating(model: Model) -> Iterator[Associating]:
    """Who may give which role to which service accounts."""
    there = tuple(clusters(model))
    roles = frozenset(map(str, trusts(model)) if there else ())
    given = meeting(passes(model, roles, SERVICE), able(model, Call("iam:GetRole", roles)))
    for ref, cluster in there if given else ():
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


def by_addon(model: Model) -> Iterator[Associating]:
    """Who may give which role to the service accounts of add-ons, by the settings of these."""
    roles = frozenset(map(str, trusts(model)))
    passed = passes(model, roles, SERVICE)
    known = frozenset(accounts(model))
    for ref, cluster in clusters(model) if passed else ():
        for name, account in ADDONS.items():
            if account in known:
                updating = able(model, Call("eks:UpdateAddon", beneath(ref, "addon", f"{name}/*")))
                creating = able(model, Call("eks:CreateAddon", frozenset({ref})))
                for way, doubt in ((updating, f"{name} is"), (creating, f"{name} is not yet")):
                    assumed = Assumption(f"{doubt} a managed add-on of the cluster", missing="eks list-addons")
                    for each in _given(model, ref, cluster.name, besides(way, passed), frozenset({account})):
                        yield replace(each, assumes=(*each.assumes, assumed))


def _given(
    model: Model, cluster: Ref, name: str, able_to: tuple[Able, ...], to: frozenset[Ref]
) -> Iterator[Associating]:
    for each in able_to:
        for accounts_, shape in _shapes(model, cluster, name, to):
            if roles := each.resources & shape.roles:
                because = (*each.because(model), *shape.because)
                assumes = (*each.assumes, *shape.assumes, *agent(model).assumes)
                targets = model.names.refs(Ref(role) for role in roles)
                yield Associating(each.principal, accounts_, targets, because, assumes)


@memoised
def _shapes(model: Model, cluster: Ref, name: str, to: frozenset[Ref]) -> tuple[tuple[Refs, Trusting], ...]:
    """Service accounts, and the roles whose trust says the same of all their pods."""
    groups: dict[frozenset[Ref], list[tuple[Ref, Verdict]]] = {}
    for role in trusts(model):
        for found, verdict in _admitted(model, cluster, name, role, to):
            groups.setdefault(found, []).append((role, verdict))
    return tuple((model.names.refs(found), shape) for found, pairs in groups.items() for shape in alike_in_trust(pairs))


def _admitted(
    model: Model, cluster: Ref, name: str, role: Ref, to: frozenset[Ref]
) -> Iterator[tuple[frozenset[Ref], Verdict]]:
    """Service accounts by what a role's trust says of their pods; one stands for all where it asks for no tags."""
    trust = trusts(model)[role]
    asks = any("requesttag/" in clause.key.lower() for each in trust.statements for clause in each.clauses)
    groups: dict[Verdict, set[Ref]] = {}
    for account in sorted(to) if asks else sorted(to)[:1]:
        asked = PodIdentity("", name, account.namespace, account.name, role)
        verdict = admitted(model, asked, cluster)
        if not isinstance(verdict, Denied):
            groups.setdefault(verdict, set()).update({account} if asks else to)
    return ((frozenset(found), verdict) for verdict, found in groups.items())
