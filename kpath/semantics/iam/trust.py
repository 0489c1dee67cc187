"""Who may become a role: what its trust policy says to each kind of caller."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kpath.refs import Ref
from kpath.semantics.iam.conditions import keys
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.decide import decide, verdict
from kpath.semantics.iam.document import Policy
from kpath.semantics.iam.request import ALONE, Policies, Request, Standing, resource_keys
from kpath.semantics.iam.services import called
from kpath.semantics.iam.statements import Caller, field
from kpath.verdict import Allowed, Denied, Undecided, Verdict

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"

# Claims of an OIDC token that IAM turns into keys and that tokens of service accounts do not carry.
_NO_CLAIMS = ("amr", "azp", "email", "oaud")
_CLAIMS = ("sub", "aud", *_NO_CLAIMS)
_DIRECT = Context(chosen=frozenset())


def assume(
    role_trust: Policy, principal: Ref, identity: Policies, *, context: Context = UNCERTAIN, session: str = ""
) -> Verdict:
    """Whether a role or user may assume a role.

    Within an account a trust that names the principal suffices, one that names the account asks for an identity
    policy as well; between accounts both sides must allow it, always. `identity` holds what binds the principal,
    and the RCPs that bind the role.
    """
    request = Request(principal, "sts:AssumeRole", role_trust.of, context, session)
    return decide(request, replace(identity, resource=role_trust))


def web_identity(
    role_trust: Policy,
    provider: Ref,
    issuer: str,
    subject: str,
    audience: str,
    *,
    rcps: tuple[Policy, ...] = (),
    owner: Standing = ALONE,
    context: Context = UNCERTAIN,
) -> Verdict:
    """Whether a token of an OIDC issuer may be exchanged for a role.

    `issuer` is without `https://`, `subject` reads `system:serviceaccount:NAMESPACE:NAME`. Every other
    issuer's keys are absent. `owner` says where the role's account stands. A denial cites the conditions that the
    token does not meet.
    """
    given = (role_trust, *rcps, *owner.rcps)
    known = token_keys(given, issuer) | {issuer.lower() + ":sub": (subject,), issuer.lower() + ":aud": (audience,)}
    return federation(role_trust, provider, context.over(known), rcps=rcps, owner=owner)


def federation(
    role_trust: Policy, provider: Ref, context: Context, *, rcps: tuple[Policy, ...] = (), owner: Standing = ALONE
) -> Verdict:
    """Whether a token of a provider may be exchanged for a role, given its keys."""
    # STS looks a provider up in the role's own account, whatever the trust says.
    if role_trust.of.account and provider.account != role_trust.of.account:
        naming = (each for each in role_trust.statements if each.principals and provider in each.principals.listed)
        return Denied(tuple(fact for each in naming for fact in field(each, "Principal")))
    request = Request(role_trust.of, WEB_IDENTITY, role_trust.of)
    policies = Policies(resource=role_trust, rcps=(*rcps, *owner.rcps))
    known = context.over(resource_keys(owner, role_trust.of.account))
    return verdict(request, policies, Caller("Federated", str(provider)), known)


def token_keys(policies: Iterable[Policy], issuer: str) -> dict[str, tuple[str, ...]]:
    """The keys of the policies' conditions that a token of this issuer certainly lacks."""
    statements = [each for policy in policies for each in policy.statements]
    asked = {key for each in statements for clause in each.clauses for key in keys(clause)}
    own = {f"{issuer.lower()}:{claim}" for claim in _NO_CLAIMS}
    others = {key for key in asked if is_claim(key) and not key.startswith(issuer.lower() + ":")}
    return dict.fromkeys(own | others, ())


def is_claim(key: str) -> bool:
    """Whether a condition key is a claim of some issuer's tokens."""
    issuer, _, claim = key.lower().rpartition(":")
    return "." in issuer and claim in _CLAIMS


def service(
    role_trust: Policy,
    principal: str,
    *,
    actions: Iterable[str] = ("sts:AssumeRole",),
    rcps: tuple[Policy, ...] = (),
    owner: Standing = ALONE,
    context: Context = _DIRECT,
) -> Verdict:
    """Whether an AWS service, such as `pods.eks.amazonaws.com`, may assume a role.

    Pod Identity asks for `sts:AssumeRole` and `sts:TagSession` both.
    """
    known = {"aws:principalisawsservice": ("true",), "aws:principalservicename": (principal,)}
    given = context.over(known).over(resource_keys(owner, role_trust.of.account))
    policies = Policies(resource=role_trust, rcps=(*rcps, *owner.rcps))
    result: Verdict = Allowed(())
    for action in actions:
        request = Request(role_trust.of, action, role_trust.of)
        result = both(result, verdict(request, policies, Caller("Service", principal), given))
    return result


def pass_role(
    principal: Ref, role_trust: Policy, to: str, policies: Policies, *, context: Context = UNCERTAIN
) -> Verdict:
    """Whether a principal may hand a role to an AWS service: `iam:PassRole`, and a trust that names the service.

    The call that creates something with the role is a question of its own, and EC2 needs an instance profile.
    """
    passing = context.over({"iam:passedtoservice": called(to, (principal.split(":", 2)[1],))})
    request = Request(principal, "iam:PassRole", role_trust.of, passing)
    owner = policies.standings.get(role_trust.of.account, ALONE)
    return both(decide(request, replace(policies, resource=None)), service(role_trust, to, owner=owner))


def both(first: Verdict, second: Verdict) -> Verdict:
    """What two verdicts amount to where one needs both."""
    for each in (first, second):
        if isinstance(each, Denied):
            return each
    because = tuple(dict.fromkeys(first.because + second.because))
    assumes = tuple(
        assumption for each in (first, second) if isinstance(each, Undecided) for assumption in each.assumes
    )
    return Undecided(because, tuple(dict.fromkeys(assumes))) if assumes else Allowed(because)
