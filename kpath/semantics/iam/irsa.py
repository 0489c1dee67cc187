"""Which tokens of which service accounts become which roles.

Source: Amazon EKS user guide, IAM roles for service accounts; AWS STS, AssumeRoleWithWebIdentity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.aws import PROVIDERS
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model, Provider
from kpath.refs import Ref
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.document import Policy
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.sets import federated
from kpath.semantics.iam.trust import web_identity
from kpath.verdict import Denied, Verdict

READS = ACCOUNT | {"providers", "clusters", "coverage"}

_EKS = "oidc.eks."
STS = "sts.amazonaws.com"


class Federation(Struct, frozen=True):
    """Tokens that a role accepts."""

    tokens: Refs
    role: Ref
    verdict: Verdict
    assumes: tuple[Assumption, ...]


def federations(model: Model, accounts: Iterable[Ref]) -> Iterator[Federation]:
    """Every role with the tokens of some service accounts that it accepts, by provider and audience."""
    subjects = frozenset(f"system:serviceaccount:{each.namespace}:{each.name}" for each in accounts)
    for provider, assumes in trusted(model):
        for audience, doubts in audiences_of(model, provider):
            for role, trust in trusts(model).items():
                for group in federated(
                    trust, provider.ref, provider.issuer, audience, subjects, owner=standing(model, role.account)
                ):
                    if not isinstance(group.verdict, Denied):
                        tokens = model.names.refs(_token(name, audience) for name in sorted(group.names))
                        yield Federation(tokens, role, group.verdict, (*assumes, *doubts))


def audiences_of(model: Model, provider: Provider) -> Iterator[tuple[str, tuple[Assumption, ...]]]:
    """The audiences that a provider takes; where they were not collected, that of STS and those that trusts ask for."""
    if provider.audiences is not None:
        yield from ((audience, ()) for audience in provider.audiences)
        return
    yield STS, ()
    asked = {value for trust in trusts(model).values() for value in asked_for(trust, f"{provider.issuer}:aud")}
    for audience in sorted(asked - {STS}):
        what = f"{provider.ref} takes the audience {audience}"
        yield audience, (Assumption(what, Confidence.MEDIUM, "iam get-open-id-connect-provider"),)


def asked_for(trust: Policy, claim: str) -> frozenset[str]:
    """What the conditions of a trust say of a claim: of one issuer's tokens, or of anyone's (`:sub`)."""
    return frozenset(
        value
        for statement in trust.statements
        for clause in statement.clauses
        if clause.key.lower().endswith(claim.lower())
        for value in clause.values
        if isinstance(value, str)
    )


def refusals(
    model: Model, accounts: Iterable[Ref], holds: Callable[[Ref], bool]
) -> Iterator[tuple[Ref, Ref, Evidence]]:
    """Token, role and the facts that keep it away, for the tokens that somebody holds."""
    for provider, _ in trusted(model):
        for audience, _ in audiences_of(model, provider):
            for account in accounts:
                subject = f"system:serviceaccount:{account.namespace}:{account.name}"
                token = _token(subject, audience)
                for role, trust in trusts(model).items() if holds(token) else ():
                    owner = standing(model, role.account)
                    verdict = web_identity(trust, provider.ref, provider.issuer, subject, audience, owner=owner)
                    if isinstance(verdict, Denied) and provider.ref in _federated(trust):
                        yield token, role, verdict.because


def _federated(trust: Policy) -> set[str]:
    """The providers that a trust names."""
    return {
        name
        for statement in trust.statements
        for kind, name in (statement.principals.names if statement.principals is not None else ())
        if kind == "Federated"
    }


def _token(subject: str, audience: str) -> Ref:
    namespace, name = subject.split(":")[2:]
    return Ref(f"token/{namespace}/{name}/{audience}")


def trusted(model: Model) -> Iterator[tuple[Provider, tuple[Assumption, ...]]]:
    """The OIDC providers that stand for this cluster; where none was collected, those that trust policies name."""
    issuers = {
        cluster.identity.oidc.issuer.removeprefix("https://")
        for cluster in model.clusters.values()
        if cluster.identity is not None and cluster.identity.oidc is not None
    }
    asked = {ref.account for ref in model.providers}
    is_none = PROVIDERS in model.coverage.listed and not asked
    # A role takes tokens through a provider of its own account, and those of one account say nothing of another's.
    named = () if is_none else (ref for ref in _named(model) if ref.account not in asked)
    known = {**model.providers, **{ref: Provider(ref, ref.partition(":oidc-provider/")[2]) for ref in named}}
    for ref, provider in sorted(known.items()):
        assumes: list[Assumption] = []
        if ref not in model.providers:
            assumes.append(Assumption(f"{ref} exists", Confidence.MEDIUM, PROVIDERS))
        if not issuers:
            what = f"{provider.issuer} is the issuer of this cluster"
            assumes.append(Assumption(what, Confidence.MEDIUM, "eks describe-cluster"))
        if provider.issuer in issuers or (not issuers and provider.issuer.startswith(_EKS)):
            yield provider, tuple(assumes)


@memoised
def _named(model: Model) -> tuple[Ref, ...]:
    names = {name for trust in trusts(model).values() for name in _federated(trust) if ":oidc-provider/" in name}
    return tuple(sorted(Ref(name) for name in names))
