"""Who may have STS accept the tokens that pods use for the API server, and which roles these become.

Source: AWS IAM, AddClientIDToOpenIDConnectProvider; Amazon EKS user guide, service account tokens (their audience).
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.model.sets import Refs
from kpath.model.tables import Model, Provider
from kpath.refs import Ref, sa
from kpath.semantics.iam import irsa
from kpath.semantics.iam.able import Able, Call, able
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.sets import federated
from kpath.semantics.rbac import universe
from kpath.semantics.rbac.universe import accounts
from kpath.verdict import Denied, Verdict

READS = irsa.READS | universe.READS

API = "https://kubernetes.default.svc"


def adding(model: Model) -> Iterator[tuple[Able, Ref]]:
    """Who may have the provider of the cluster's issuer accept such tokens."""
    for provider in _narrow(model):
        for each in able(model, Call("iam:AddClientIDToOpenIDConnectProvider", frozenset({str(provider.ref)}))):
            yield each, provider.ref


def opened(model: Model) -> Iterator[tuple[Ref, Refs, Ref, Verdict]]:
    """For each provider that somebody may widen: service accounts, and a role whose trust asks for no audience."""
    widened = {provider for _, provider in adding(model)}
    subjects = frozenset(f"system:serviceaccount:{each.namespace}:{each.name}" for each in accounts(model))
    for provider in _narrow(model) if subjects else ():
        for role, trust in trusts(model).items() if provider.ref in widened else ():
            owner = standing(model, role.account)
            for group in federated(trust, provider.ref, provider.issuer, API, subjects, owner=owner):
                if not isinstance(group.verdict, Denied):
                    found = model.names.refs(sa(*name.split(":")[2:]) for name in sorted(group.names))
                    yield provider.ref, found, role, group.verdict


def _narrow(model: Model) -> Iterator[Provider]:
    """The providers that stand for this cluster and do not accept such tokens yet."""
    return (provider for provider, _ in irsa.trusted(model) if API not in (provider.audiences or ()))
