"""A question to IAM, and the policies that answer it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.document import Policy
from kpath.semantics.iam.statements import Caller


def account(resource: str) -> str:
    """The account in a resource's ARN, if any."""
    return Ref(resource).account if resource.startswith("arn:") and resource.count(":") >= 5 else ""


def region(resource: str) -> str:
    """The region in a resource's ARN, if any: whoever asks about the resource asks there."""
    found = resource.split(":", 4)[3] if resource.startswith("arn:") and resource.count(":") >= 5 else ""
    return "" if "*" in found or "?" in found else found


class Request(Struct, frozen=True):
    """May `principal`, a role or a user, do `action` to `resource`?

    `session` names the role session where that is known; `owner` is the account of a resource whose ARN has
    none, such as a bucket. An action that knows no resources is asked with resource `*`.
    """

    principal: Ref
    action: str
    resource: str = "*"
    context: Context = UNCERTAIN
    session: str = ""
    owner: str = ""

    @property
    def account(self) -> str:
        """The principal's account."""
        return self.principal.account

    @property
    def resource_account(self) -> str:
        """The resource's account, or an empty text where its ARN has none: then it is taken for the principal's."""
        return self.owner or account(self.resource)


class Standing(Struct, frozen=True):
    """What an organisation makes of an account: its ids as far as they are known, and the policies that bind it.

    `missing` are the calls that would tell more.
    """

    account: str = ""
    organization: str = ""
    path: str = ""
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[Policy, ...] = ()
    missing: tuple[str, ...] = ()


ALONE = Standing()


class Policies(Struct, frozen=True):
    """Everything that has a say: each kind of policy where it stands.

    `scps` is a list per level of the organisation, root first, and empty for the management account.
    A policy in force whose text is not at hand is `unknown(…)`, never left out. `boundary` and `resource`
    are `None` where there is none; a role's trust policy is its `resource`. `standings` say by account, and under
    an empty text for resources without one in their ARN, which RCPs bind a resource and what its organisation is.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    sessions: tuple[Policy, ...] = ()
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[Policy, ...] = ()
    resource: Policy | None = None
    standings: Mapping[str, Standing] = {}

    def of_owner(self, request: Request) -> Standing:
        """Where the account stands that owns what a request is about."""
        owner = request.resource_account or (request.account if request.resource == "*" else "")
        return self.standings.get(owner, ALONE)


def caller(request: Request, policies: Policies) -> Caller:
    """Who asks; an STS session is the role it is a session of, as far as its ARN tells."""
    ref, session = str(request.principal), request.session
    parts = ref.split(":", 5)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        _, name, session = (parts[5] + "/").split("/", 2)
        ref, session = f"arn:{parts[1]}:iam::{parts[4]}:role/{name}", session.rstrip("/")
    return Caller("AWS", ref, session, bounded=policies.boundary is not None)


def standard_keys(request: Request, who: Caller, policies: Policies) -> dict[str, tuple[str, ...]]:
    """The condition keys that follow from who asks for what, and where both stand."""
    is_user = ":user/" in who.ref
    known: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (who.ref,),
        "aws:principalaccount": (who.account,),
        "aws:principaltype": (_kind(who.ref),),
        "aws:username": (Ref(who.ref).name,) if is_user else (),
        "aws:principalservicename": (),
        "aws:sourcearn": (),
        "aws:sourceaccount": (),
    }
    if where := region(request.resource):
        known["aws:requestedregion"] = (where,)
        if request.action.lower().startswith("ec2:"):
            known["ec2:region"] = (where,)
    if request.resource != "*":
        known |= resource_keys(policies.of_owner(request), request.resource_account)
    return known | _placed("principal", policies.standings.get(who.account, ALONE))


def resource_keys(owner: Standing, account: str = "") -> dict[str, tuple[str, ...]]:
    """The condition keys that follow from where the account stands that owns a resource."""
    known = _placed("resource", owner)
    number = account or owner.account
    return {**known, "aws:resourceaccount": (number,)} if number else known


def _placed(whose: str, standing: Standing) -> dict[str, tuple[str, ...]]:
    found = {"orgid": standing.organization, "orgpaths": standing.path}
    return {f"aws:{whose}{key}": (value,) for key, value in found.items() if value}


def _kind(ref: str) -> str:
    """What `aws:PrincipalType` says of a principal."""
    kinds = {":user/": "User", ":role/": "AssumedRole", ":federated-user/": "FederatedUser"}
    return next((kind for within, kind in kinds.items() if within in ref), "Account")


def known_of(principal: Ref, policies: Policies) -> Context:
    """What is known of the condition keys of anything that a principal asks for."""
    request, around = Request(principal, "*"), Policies(standings=policies.standings)
    return request.context.over(standard_keys(request, caller(request, around), around))
