"""What there is to take over in an account: users, roles, policies, and the roles that a service can run as."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import ACCOUNT_DETAILS, principals, trusts
from kpath.semantics.iam.admin import everything
from kpath.semantics.iam.case import is_service_linked
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.document import Patterns, Policy, Principals, Statement
from kpath.semantics.iam.escalation.table import ways
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.request import Policies, known_of
from kpath.semantics.iam.services import of_no_region, plain
from kpath.semantics.iam.sets import Group, Names
from kpath.semantics.iam.statements import relevant
from kpath.semantics.iam.trust import service
from kpath.verdict import Allowed, Denied, Undecided, Verdict, any_of

EC2 = "ec2.amazonaws.com"
ANY_ROLE = ", in a profile or not"
_ANY = Patterns(("*",))
# What an attacker writes cites nothing, for it is in no document yet.
ADMINISTRATOR = Policy(Ref(""), "", (Statement(Ref(""), "", "Allow", (), actions=_ANY, resources=_ANY),))
TRUSTING = Policy(
    Ref(""), "", (Statement(Ref(""), "", "Allow", (), principals=Principals((("AWS", "*"),)), actions=_ANY),)
)  # fmt: skip


class Account(Struct, frozen=True):
    """The names of what an account has, roles and users by the boundary that they have."""

    users: Mapping[str, Names]
    roles: Mapping[str, Names]
    groups: Names
    attached: Names
    every_role: Names


class Runnable(Struct, frozen=True):
    """Roles as which a service can run something, for the same reasons; their facts are facts of `TARGET`."""

    verdict: Verdict
    names: Names


@memoised
def accounts(model: Model) -> Mapping[str, Account]:
    """What each account has."""
    users: dict[str, dict[str, set[str]]] = {}
    roles: dict[str, dict[str, set[str]]] = {}
    attached: dict[str, set[str]] = {}
    for found, table in ((users, model.aws_users), (roles, model.aws_roles)):
        for ref, each in table.items():
            arn = each.permissions_boundary.permissions_boundary_arn if each.permissions_boundary else ""
            found.setdefault(ref.account, {}).setdefault(arn, set()).add(str(ref))
            for one in each.attached_managed_policies or ():
                attached.setdefault(Ref(one.policy_arn).account, set()).add(one.policy_arn)
    groups = {account: set[str]() for account in (*users, *roles)}
    for ref in model.aws_groups:
        groups.setdefault(ref.account, set()).add(str(ref))
    return {
        account: Account(
            {arn: frozenset(names) for arn, names in users.get(account, {}).items()},
            {arn: frozenset(names) for arn, names in roles.get(account, {}).items()},
            frozenset(groups[account]),
            frozenset(attached.get(account, ())),
            frozenset[str]().union(*roles.get(account, {}).values()),
        )
        for account in groups
    }


@memoised
def uncapped(model: Model) -> Mapping[str, tuple[Group, ...]]:
    """By account, the roles and users that could do everything if they were given everything."""
    found: dict[str, dict[Verdict, set[str]]] = {}
    for principal, policies in principals(model).items():
        verdict = given_everything(principal, policies)
        if not isinstance(verdict, Denied):
            found.setdefault(principal.account, {}).setdefault(verdict, set()).add(str(principal))
    return {
        account: tuple(Group(verdict, frozenset(names)) for verdict, names in groups.items())
        for account, groups in found.items()
    }


def given_everything(principal: Ref, policies: Policies) -> Verdict:
    """Whether a principal could do everything with one more policy; its boundary and what denies it still count."""
    more = replace(policies, identity=(ADMINISTRATOR, *policies.identity))
    return everything(more, context=known_of(principal, policies))


@memoised
def runnable(model: Model) -> Mapping[tuple[str, str], tuple[Runnable, ...]]:
    """By account and service, the roles as which the service can run something.

    EC2 takes a role in an instance profile; those that are in none as well are under its name with `ANY_ROLE`.
    """
    services = frozenset(way.service for way in ways() if way.service)
    found: dict[tuple[str, str], dict[Verdict, set[str]]] = {}
    for role, trust in trusts(model).items():
        if is_service_linked(role) or "/aws-reserved/" in role:
            continue
        for each in sorted(_named(trust, services)):
            verdict = _trusted(model, role, trust, each)
            if isinstance(verdict, Denied):
                continue
            if each == EC2:
                found.setdefault((role.account, f"{each}{ANY_ROLE}"), {}).setdefault(verdict, set()).add(str(role))
                verdict = _in_profile(model, role, verdict)
            if not isinstance(verdict, Denied):
                found.setdefault((role.account, each), {}).setdefault(verdict, set()).add(str(role))
    return {
        key: tuple(Runnable(verdict, frozenset(names)) for verdict, names in groups.items())
        for key, groups in found.items()
    }


def _named(trust: Policy, services: frozenset[str]) -> frozenset[str]:
    """The services that a trust may admit: those it names, or all where it names nobody one by one."""
    found: set[str] = set()
    for statement in trust.statements:
        principals_ = statement.principals
        if statement.problem or principals_ is None or principals_.negated or "*" in principals_.listed:
            return services
        found |= {of_no_region(name) for kind, name in principals_.names if kind == "Service"}
    return services & found


def _trusted(model: Model, role: Ref, trust: Policy, service_: str) -> Verdict:
    speaking = relevant(trust, "sts:AssumeRole")
    owner = standing(model, role.account)
    if all(map(_is_plain, speaking)) and not any(relevant(each, "sts:AssumeRole") for each in owner.rcps):
        # Most trusts name a service and nothing else.
        for statement in speaking:
            if statement.principals is not None and ("Service", service_) in statement.principals.names:
                return of_target(Allowed(statement.facts), role)
    context = Context(
        {"aws:sourceaccount": (role.account,), "aws:resourceaccount": (role.account,)}, chosen=frozenset()
    )
    spelt = {name for each in speaking for kind, name in _names(each) if kind == "Service"}
    as_named = {name for name in spelt if of_no_region(name) == service_ != plain(name)}
    found = (service(trust, each, owner=owner, context=context) for each in (service_, *sorted(as_named)))
    return of_target(any_of(*found), role)


def _names(statement: Statement) -> tuple[tuple[str, str], ...]:
    return statement.principals.names if statement.principals else ()


def _is_plain(statement: Statement) -> bool:
    """Whether a statement of a trust admits those it names, on no condition."""
    is_allow = statement.effect == "Allow" and not statement.problem and not statement.clauses
    named = statement.principals
    return is_allow and named is not None and not named.negated and "*" not in named.listed


def of_target(verdict: Verdict, role: Ref) -> Verdict:
    """A verdict with the facts of a role as facts of whichever role it is, so that alike roles are told as one."""
    if isinstance(verdict, Denied):
        return verdict
    because = tuple(replace(fact, of=TARGET) if fact.of == role else fact for fact in verdict.because)
    return Undecided(because, verdict.assumes) if verdict.assumes else Allowed(because)


def _in_profile(model: Model, role: Ref, verdict: Verdict) -> Verdict:
    if role in profiled(model):
        return verdict
    if model.aws_roles[role].instance_profile_list is not None:
        return Denied()
    unknown = Assumption("the role is in an instance profile", missing=ACCOUNT_DETAILS)
    return Undecided(verdict.because, (*verdict.assumes, unknown))


@memoised
def profiled(model: Model) -> Mapping[Ref, Evidence]:
    """The roles in instance profiles, each with a fact that says so."""
    return {
        Ref(each.arn): (Fact(ref, "/Roles/0/Arn", each.arn),)
        for ref, profile in model.profiles.items()
        for each in profile.roles[:1]
    }


@memoised
def refs_of(model: Model, names: Names) -> Refs:
    """Names as a set of refs, made once."""
    return model.names.refs(map(Ref, sorted(names)))


@memoised
def holders(model: Model) -> Mapping[str, tuple[tuple[Evidence, Names], ...]]:
    """By policy, the roles that it is attached to, with the fact of `TARGET` that says so."""
    found: dict[str, dict[Evidence, set[str]]] = {}
    for ref, role in model.aws_roles.items():
        for index, each in enumerate(role.attached_managed_policies or ()):
            fact = Fact(TARGET, f"/AttachedManagedPolicies/{index}/PolicyArn", each.policy_arn)
            found.setdefault(each.policy_arn, {}).setdefault((fact,), set()).add(str(ref))
    return {arn: tuple((facts, frozenset(names)) for facts, names in each.items()) for arn, each in found.items()}
