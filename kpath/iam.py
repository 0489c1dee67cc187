"""AWS IAM as a function: may a principal do something to a resource, given the policies that have a say?

    >>> from kpath.iam import decide
    >>> policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
    ...           "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}
    >>> bob, file = "arn:aws:iam::111122223333:user/bob", "arn:aws:s3:::shop/orders"
    >>> decide({"principal": bob, "action": "s3:GetObject", "resource": file}, {"identity": policy}).assumes[0].what
    'if aws:SourceIp is in 10.0.0.0/8 (Statement of identity/0)'

`decide` is pure: no account, no file, no network. It answers `Allowed`, `Denied` or `Undecided`. `because` holds
the fields of the statements that decide, `statements` names these; `assumes` is the residual condition: what must
hold of the keys whose values were not given. Undecided is never a soft no: with up to six unknown keys every case
that the policies can tell apart is tried, so that what comes out the same in all of them is decided.

Sources: AWS Identity and Access Management user guide (policy evaluation logic, JSON policy elements, condition
operators, policy variables, permissions boundaries), AWS Organizations user guide (SCPs, RCPs), AWS KMS and AWS STS
references for what key policies and trust policies decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

from kpath.errors import UsageError
from kpath.refs import Ref
from kpath.semantics import iam
from kpath.semantics.iam.context import CHOSEN, EVERY_OTHER, Context, context
from kpath.semantics.iam.decide import verdict as decided
from kpath.semantics.iam.document import Policy, policy, scalar, unknown
from kpath.semantics.iam.request import account
from kpath.semantics.iam.services import SUFFIX, plain
from kpath.semantics.iam.statements import Caller
from kpath.verdict import Allowed, Denied, Undecided, Verdict

__all__ = [
    "UNKNOWN", "Allowed", "Denied", "Policies", "Request", "Statement", "Undecided", "Verdict", "decide", "statements",
]  # fmt: skip

# Stands for a policy that is in force and whose text is not at hand: it may allow or deny anything.
UNKNOWN = "(unknown)"

# A document as `json.loads` gives it, or its text, plain or URL-encoded as IAM serves it.
Document = Mapping[str, object] | str | bytes
# One document, several, or several by name; names are what answers call them by.
Documents = Document | Sequence[Document] | Mapping[str, Document]

Value = str | bool | int | float


@dataclass(frozen=True)
class Request:
    """Who wants to do what to what, and what is known of it.

    `principal`: the ARN of a role, a user, an account's root, or a session (`…:assumed-role/NAME/SESSION`; give
    `aws:PrincipalArn` in `context` where the role has a path); the name of a service (`ec2.amazonaws.com`); the ARN
    of an OIDC or SAML provider for whoever comes with its token.
    `resource`: an ARN, or `*` for actions that know no resources. `owner`: the account of a resource whose ARN has
    none, such as a bucket; without it, `aws:ResourceAccount` in `context`, else the principal's.
    `context`: condition keys in any case, with one value or a list; an empty list says that the key is absent.
    `absent`: keys, or families such as `aws:RequestTag/`, that the request lacks; `*` for every key not in `context`.
    `chosen`: keys that the caller sets as it likes: it does so where that helps. By default those that it can
    (RoleSessionName, RequestTag, …), and none where `absent` is `*`. Every other key is unknown.
    `session`: the name of the session where `principal` is a role and the name is known.
    What follows from the principal (PrincipalArn, PrincipalAccount, PrincipalType, username) and from the resource's
    ARN (ResourceAccount, RequestedRegion) is filled in; what `context` says of such a key counts.
    """

    principal: str
    action: str
    resource: str = "*"
    context: Mapping[str, Value | Sequence[Value]] = field(default_factory=dict)
    absent: str | Iterable[str] = ()
    chosen: str | Iterable[str] | None = None
    session: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Policies:
    """Every policy that has a say, as documents.

    `identity`: what is attached to the principal, inline and managed, its groups' too. `boundary`: its permissions
    boundary. `session`: session policies. `scps`: service control policies, a list per level from the root down,
    none for the management account. `rcps`: resource control policies of the resource's account, of all levels.
    `resource`: the resource's own policy; of a role, its trust policy. Of a policy without text: `UNKNOWN`.
    """

    identity: Documents = ()
    boundary: Document | None = None
    session: Documents = ()
    scps: Sequence[Documents] = ()
    rcps: Documents = ()
    resource: Document | None = None


@dataclass(frozen=True, order=True)
class Statement:
    """A statement that decides: the policy (`identity/0`, `boundary`, `scps/0/1`, …) and the pointer to it there."""

    policy: str
    at: str


def decide(request: Request | Mapping[str, object], policies: Policies | Mapping[str, object]) -> Verdict:
    """Whether the request is allowed; both may be given as mappings with the names of the fields.

    A document that IAM would refuse, or in part, is undecided as far as that part goes, and `assumes` names policy
    and statement. Raises `UsageError` where the question itself is none: a principal that is nobody, an action with a
    wildcard, a field that does not exist.
    """
    asked, given = _as(Request, request), _as(Policies, policies)
    checked(asked)
    compiled = compiled_of(given)
    known = known_keys(asked)
    kind = _kind(asked.principal)
    if kind == "AWS":
        principal, session = _principal(asked, compiled)
        owner = asked.owner or ("" if account(asked.resource) else _only(asked, "aws:resourceaccount"))
        if principal.endswith(":root"):
            compiled = iam.Policies((of_root(principal),), None, (), compiled.scps, compiled.rcps, compiled.resource)
        return iam.decide(iam.Request(principal, asked.action, asked.resource, known, session, owner), compiled)
    if kind == "Federated" and Ref(asked.principal).account != account(asked.resource):
        # STS looks a provider up in the role's own account, whatever the trust says.
        return Denied()
    # Neither services nor tokens have policies of their own: the resource's alone says who may.
    own = iam.Policies(resource=compiled.resource, rcps=compiled.rcps)
    if kind == "Service":
        service = {"aws:principalisawsservice": ("true",), "aws:principalservicename": (asked.principal,)}
        known = known.over({**service, "aws:username": ()})
    at = iam.Request(Ref(asked.resource), asked.action, asked.resource)
    return decided(at, own, Caller(kind, asked.principal), known)


def statements(verdict: Verdict) -> tuple[Statement, ...]:
    """The statements that decide, in the order in which they were weighed."""
    places = ((fact.of, _STATEMENT.match(fact.at)) for fact in verdict.because)
    return tuple(dict.fromkeys(Statement(str(of), found[1]) for of, found in places if found))


_STATEMENT = re.compile(r"(.*?/Statement(?:/[0-9]+)?)(?:/|$)")


Shape = TypeVar("Shape", Request, Policies)


def _as(shape: type[Shape], given: Shape | Mapping[str, object]) -> Shape:
    if isinstance(given, shape):
        return given
    name = shape.__name__.lower()
    if not isinstance(given, Mapping):
        raise UsageError(f"the {name} is a kpath.iam.{shape.__name__} or a mapping with its fields")
    names = [each.name for each in fields(shape)]
    if odd := sorted(str(each) for each in given if each not in names):
        raise UsageError(f"`{odd[0]}` is no field of the {name}; there are {', '.join(names)}")
    try:
        return shape(**{str(key): value for key, value in given.items()})  # type: ignore[arg-type]
    except TypeError:
        raise UsageError("the request names no principal or no action") from None


def checked(asked: Request) -> Request:
    """The request, if it is one that can be asked; raises `UsageError`."""
    for name in ("principal", "action", "resource", "session", "owner"):
        if not isinstance(getattr(asked, name), str):
            raise UsageError(f"the {name} of the request is a text")
    service, colon, name = asked.action.partition(":")
    if not (service and colon and name) or "*" in asked.action or "?" in asked.action:
        raise UsageError(f"`{asked.action}` is no action; ask about one, written as s3:GetObject")
    if asked.resource != "*" and (not asked.resource.startswith("arn:") or asked.resource.count(":") < 5):
        raise UsageError(f"`{asked.resource}` is no resource; write an ARN, or * for an action that knows none")
    return asked


def _kind(principal: str) -> str:
    if not principal.startswith("arn:"):
        if not plain(principal).endswith(SUFFIX):
            raise UsageError(f"`{principal}` is nobody to IAM; write an ARN or a service as ec2.amazonaws.com")
        return "Service"
    if principal.count(":") < 5 or not principal.split(":")[4]:
        raise UsageError(f"`{principal}` is no principal; one reads arn:PARTITION:iam::ACCOUNT:role/NAME")
    name = principal.split(":", 5)[5]
    return "Federated" if name.startswith(("oidc-provider/", "saml-provider/")) else "AWS"


def _principal(asked: Request, given: iam.Policies) -> tuple[Ref, str]:
    """The principal and its session; of a session the role, as the request says, or as only one role is called."""
    ref = Ref(asked.principal)
    if ref.kind != "aws-session":
        return ref, asked.session
    name, _, session = ref.split(":", 5)[5].partition("/")[2].partition("/")
    of = _only(asked, "aws:principalarn")
    if ":role/" in of:
        return Ref(of), session
    # A session leaves out its role's path; a role of that name in the account can only be this one.
    listed = (each.principals.listed for each in given.resource.statements if each.principals) if given.resource else ()
    roles = {each for names in listed for each in names if ":role/" in each and Ref(each).name == name}
    mine = sorted(each for each in roles if Ref(each).account == ref.account)
    return (Ref(mine[0]), session) if len(mine) == 1 else (ref, asked.session)


def _only(asked: Request, key: str) -> str:
    """The value of a key in the request, where it is one text."""
    found = next((value for each, value in asked.context.items() if each.lower() == key), "")
    return found if isinstance(found, str) else ""


def known_keys(asked: Request) -> Context:
    """What a request says of condition keys."""
    if not isinstance(asked.context, Mapping):
        raise UsageError("the context of the request is a mapping from condition keys to values")
    known = {str(key): list(_values(str(key), value)) for key, value in asked.context.items()}
    absent, chosen = _names(asked.absent), asked.chosen
    if chosen is None:
        chosen = () if EVERY_OTHER in absent else CHOSEN
    return context(known, absent=absent, chosen=_names(chosen))


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _values(key: str, given: object) -> Iterator[str]:
    for each in given if isinstance(given, list | tuple | set | frozenset) else [given]:
        if not isinstance(each, str | bool | int | float):
            raise UsageError(f"the value of the condition key `{key}` is a text, a number, true or false, or a list")
        yield scalar(each)


def compiled_of(given: Policies) -> iam.Policies:
    """The policies as the engine takes them."""
    scps = given.scps
    if isinstance(scps, Mapping | str | bytes):
        raise UsageError("scps is a list with an entry per level of the organisation")
    return iam.Policies(
        identity=_all("identity", given.identity),
        boundary=_one("boundary", given.boundary) if given.boundary is not None else None,
        sessions=_all("session", given.session),
        scps=tuple(_all(f"scps/{number}", level) for number, level in enumerate(scps)),
        rcps=_all("rcps", given.rcps),
        resource=_one("resource", given.resource) if given.resource is not None else None,
    )


def _all(name: str, given: object) -> tuple[Policy, ...]:
    if isinstance(given, Mapping) and "Statement" not in given and "Version" not in given:
        return tuple(_one(f"{name}/{key}", each) for key, each in given.items())
    if not isinstance(given, list | tuple):
        given = [given]
    # An RCP or a session policy of some level: levels are told apart only where they matter.
    return tuple(
        found
        for number, each in enumerate(given)
        for found in (
            _all(f"{name}/{number}", each) if isinstance(each, list | tuple) else (_one(f"{name}/{number}", each),)
        )
    )


def _one(name: str, given: object) -> Policy:
    if given is None or given == UNKNOWN:
        return unknown(Ref(name), problem="is not known")
    return policy(Ref(name), "", given)


def of_root(root: Ref) -> Policy:
    """What an account's root may: everything, without a policy that says so."""
    return policy(root, "", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
