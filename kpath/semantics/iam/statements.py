"""Whether a statement speaks of a request: whom, which action, which resource."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from msgspec import Struct

from kpath.evidence import Fact
from kpath.refs import Ref
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.document import Patterns, Policy, Principals, Statement
from kpath.semantics.iam.operators import Family
from kpath.semantics.iam.patterns import matches_action, resource_matcher
from kpath.semantics.iam.services import plain
from kpath.semantics.iam.truth import Truth, disjunction, negation, truth
from kpath.semantics.iam.variables import substituted, widened


class Manner(IntEnum):
    """How a resource policy names a principal; the later, the less else is asked."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


class Caller(Struct, frozen=True):
    """Who makes a request: a role or user (`ref`), a service, or an identity from an OIDC provider.

    `session` names the role session where that is known; `bounded` says that a permissions boundary is set.
    """

    kind: str
    ref: str
    session: str = ""
    bounded: bool = False

    @property
    def account(self) -> str:
        """The account of an AWS principal, else an empty text."""
        return Ref(self.ref).account if self.kind == "AWS" else ""


class Fit(Struct, frozen=True):
    """A statement that speaks of a request, how surely, and why not quite."""

    statement: Statement
    sure: Truth
    manner: Manner = Manner.DIRECT
    doubts: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def relevant(policy: Policy, action: str) -> tuple[Statement, ...]:
    """The statements of a policy that speak of an action, or cannot be read."""
    return tuple(each for each in policy.statements if each.problem or covers_action(each.actions, action))


def covers_action(actions: Patterns | None, action: str) -> bool:
    """Whether an action is among those a statement speaks of."""
    if actions is None:
        return False
    return any(matches_action(pattern, action) for pattern in actions.values) is not actions.negated


def resource_fit(statement: Statement, resource: str, context: Context) -> Truth:
    """Whether a statement speaks of a resource; a trust policy, which names none, speaks of its own."""
    if statement.resources is None:
        return Truth.YES
    found = disjunction(_covers(pattern, statement, resource, context) for pattern in statement.resources.values)
    return negation(found) if statement.resources.negated else found


def _covers(pattern: str, statement: Statement, resource: str, context: Context) -> Truth:
    if not statement.variables:
        return truth(resource_matcher(pattern.replace("$", "${$}"))(resource))
    found = substituted(pattern, context)
    if isinstance(found, str):
        return truth(resource_matcher(found)(resource))
    wide = widened(pattern, context) if found is not None else None
    return Truth.MAYBE if wide is not None and resource_matcher(wide)(resource) else Truth.NO


def fit(statement: Statement, caller: Caller, resource: str, context: Context, *, names: bool) -> Fit | None:
    """How a statement, whose action is already known to match, speaks of a request; `None` if it does not.

    `names` says whether its principals count: in resource policies they do.
    """
    if statement.problem:
        return Fit(statement, Truth.MAYBE, Manner.DIRECT)
    sure, manner, doubts = named(statement, caller) if names else (Truth.YES, Manner.DIRECT, ())
    where = resource_fit(statement, resource, context)
    if where is Truth.MAYBE:
        doubts = (*doubts, f"Resource holds a variable whose value is open ({statement.name})")
    sure = min(sure, where)
    return Fit(statement, sure, manner, doubts) if sure is not Truth.NO else None


Naming = tuple[Truth, Manner, tuple[str, ...]]


def named(statement: Statement, caller: Caller) -> Naming:
    """Whether and how a statement of a resource policy names the caller."""
    principals = statement.principals
    if principals is None:
        return Truth.MAYBE, Manner.DIRECT, (f"{statement.name} names no Principal",)
    if principals.negated:
        return _not_named(statement, principals, caller)
    found = [_naming(kind, name, caller) for kind, name in principals.names]
    if ":role/" in caller.ref and _means_roles(statement):
        pairs = zip(principals.names, found, strict=True)
        found = [(each[0], min(each[1], Manner.ROLE), each[2]) if name == "*" else each for (_, name), each in pairs]
    sure, manner, doubt = max(found, default=(Truth.NO, Manner.NOT, ""))
    return sure, manner, (f"{doubt} ({statement.name})",) if doubt else ()


def _means_roles(statement: Statement) -> bool:
    """Whether a statement for everyone names roles in a condition: to IAM the same as naming them for principals."""
    return any(
        clause.key.lower() == "aws:principalarn"
        and clause.operator is not None
        and clause.operator.family is Family.TEXT
        and not clause.operator.negated
        for clause in statement.clauses
    )


def _naming(kind: str, name: str, caller: Caller) -> tuple[Truth, Manner, str]:
    nothing = (Truth.NO, Manner.NOT, "")
    if kind == "AWS" and name == "*":
        if caller.kind == "AWS":
            return Truth.YES, Manner.DIRECT, ""
        return Truth.MAYBE, Manner.DIRECT, f"Principal `*` also means {_OTHERS[caller.kind]}"
    if kind == "CanonicalUser" and caller.kind == "AWS":
        return Truth.MAYBE, Manner.ACCOUNT, f"canonical user {name} is the account of {caller.ref}"
    if kind != caller.kind:
        return nothing
    if kind == "AWS":
        return _aws_naming(name, caller)
    is_service = kind == "Service"
    if name in ("*", caller.ref) or (is_service and plain(name) == plain(caller.ref)):
        return Truth.YES, Manner.DIRECT, ""
    return nothing


_OTHERS = {"Service": "AWS services", "Federated": "identities from an OIDC provider"}


def _aws_naming(name: str, caller: Caller) -> tuple[Truth, Manner, str]:
    if _is_account(name, caller):
        return Truth.YES, Manner.DIRECT if caller.ref.endswith(":root") else Manner.ACCOUNT, ""
    if name == caller.ref:
        return Truth.YES, Manner.ROLE if ":role/" in caller.ref else Manner.DIRECT, ""
    session = _session_of(name, caller)
    if session is None:
        return Truth.NO, Manner.NOT, ""
    if not caller.session:
        return Truth.MAYBE, Manner.DIRECT, f"the session of {caller.ref} is named {session}"
    return truth(session == caller.session), Manner.DIRECT, ""


def _is_account(name: str, caller: Caller) -> bool:
    if name == caller.account:
        return True
    parts = name.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[4] == caller.account and parts[5] == "root"


def _session_of(name: str, caller: Caller) -> str | None:
    """The session that `assumed-role/NAME/SESSION` means of this role, whose path it leaves out."""
    parts = name.split(":", 5)
    if len(parts) < 6 or parts[2] != "sts" or parts[4] != caller.account or ":role/" not in caller.ref:
        return None
    kind, _, rest = parts[5].partition("/")
    role, _, session = rest.partition("/")
    return session if kind == "assumed-role" and role == Ref(caller.ref).name else None


def _not_named(statement: Statement, principals: Principals, caller: Caller) -> Naming:
    found = [_naming(kind, name, caller) for kind, name in principals.names]
    listed = max((sure for sure, manner, _ in found if manner is not Manner.ACCOUNT), default=Truth.NO)
    account = any(manner is Manner.ACCOUNT for _, manner, _ in found)
    everyone = (Truth.YES, Manner.DIRECT, ())
    if statement.effect == "Allow":
        return everyone if listed is Truth.NO and not account else (Truth.NO, Manner.NOT, ())
    if caller.kind == "AWS" and caller.bounded:
        return everyone
    if listed is Truth.YES and (account or caller.kind != "AWS" or caller.ref.endswith(":root")):
        return Truth.NO, Manner.NOT, ()
    if listed is Truth.NO and not account:
        return everyone
    # AWS may check the account, the role and the session one after the other, and asks to list them all.
    doubt = f"NotPrincipal spares {caller.ref} only where its account is listed as well ({statement.name})"
    return Truth.MAYBE, Manner.DIRECT, (doubt,)


def field(statement: Statement, *names: str) -> tuple[Fact, ...]:
    """The facts that a statement states in some of its fields."""
    return tuple(fact for fact in statement.facts if fact.at.rpartition("/")[2] in names)
