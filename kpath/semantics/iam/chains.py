"""Which principals may assume which roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from msgspec.structs import replace

from kpath.evidence import Evidence
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import ACCOUNT_DETAILS, principals, trusts, uncollected
from kpath.semantics.iam.document import Policy, Statement, policy, unknown
from kpath.semantics.iam.sets import allowed
from kpath.semantics.iam.statements import relevant
from kpath.semantics.iam.trust import assume
from kpath.verdict import Denied, Verdict

ACTION = "sts:AssumeRole"

_SESSION = re.compile(r"arn:([a-z-]+):sts::(\d*):assumed-role/([^/]+)/.*")


@memoised
def assumptions(model: Model) -> tuple[tuple[Ref, Ref, Verdict], ...]:
    """Who may assume which role: principal, role and verdict, where it is not a no."""
    return (*_assumptions(model), *_one_sided(model))


def _assumptions(model: Model) -> Iterator[tuple[Ref, Ref, Verdict]]:
    """A trust that names principals is asked for those alone; one that names an account or everybody, for the
    principals whose own policies do not refuse.
    """
    known = principals(model)
    open_roles = frozenset(str(role) for role, trust in trusts(model).items() if _is_open(trust))
    by_name: dict[str, set[str]] = {}
    for trusting, trust in trusts(model).items():
        for name in _names(trust):
            by_name.setdefault(name, set()).add(str(trusting))
    for_all = {str(role) for role, trust in trusts(model).items() if _is_for_all(trust)}
    for principal, policies in known.items():
        own = frozenset[str]()
        # Whose own policies are silent is only where a trust names it.
        if any(relevant(each, ACTION) for each in policies.identity):
            willing = replace(policies, resource=_willing(principal.account))
            own = own.union(*(group.names for group in allowed(principal, ACTION, willing, open_roles)))
        named = by_name.get(principal, set[str]()) | by_name.get(_session_of(principal), set[str]())
        for role in sorted(own | named | for_all):
            verdict = assume(trusts(model)[Ref(role)], principal, policies)
            if not isinstance(verdict, Denied) and role != principal:
                yield principal, Ref(role), verdict


def _one_sided(model: Model) -> Iterator[tuple[Ref, Ref, Verdict]]:
    """Between accounts of which one was not collected: whom a trust names, and which role a policy does."""
    known = principals(model)
    for role, trust in trusts(model).items():
        for name in sorted(_names(trust)):
            principal = Ref(name)
            if principal.kind in ("aws-role", "aws-user") and _is_elsewhere(model, principal, role.account):
                verdict = assume(trust, principal, uncollected(model, principal))
                if not isinstance(verdict, Denied):
                    yield principal, role, verdict
    for principal, policies in known.items():
        for name in sorted({name for each in policies.identity for name in _roles_in(each)}):
            if _is_elsewhere(model, Ref(name), principal.account):
                unseen = unknown(Ref(name), "/AssumeRolePolicyDocument", missing=ACCOUNT_DETAILS)
                verdict = assume(unseen, principal, policies)
                if not isinstance(verdict, Denied):
                    yield principal, Ref(name), verdict


def _is_elsewhere(model: Model, ref: Ref, account: str) -> bool:
    """Whether a role or user is in another account, of which not everything was collected, and was not itself."""
    is_there = ref in model.aws_roles or ref in model.aws_users
    return ref.account not in ("", account) and not is_there and not model.coverage.has_all_of(ref.account)


@lru_cache(maxsize=65536)
def _roles_in(of: Policy) -> tuple[str, ...]:
    """The roles that a policy names one by one where it speaks of assuming them."""
    return tuple(
        name
        for statement in relevant(of, ACTION)
        if statement.resources is not None and not statement.resources.negated
        for name in statement.resources.values
        if not any(mark in name for mark in "*?$") and Ref(name).kind == "aws-role"
    )


def refusals(model: Model, holds: Callable[[Ref], bool]) -> Iterator[tuple[Ref, Ref, Evidence]]:
    """Principal, role and the facts that keep it away, for the principals that somebody holds."""
    for principal, policies in principals(model).items():
        if holds(principal):
            for role, trust in trusts(model).items():
                if role != principal and (_is_open(trust) or principal in _names(trust)):
                    verdict = assume(trust, principal, policies)
                    if isinstance(verdict, Denied) and verdict.because:
                        yield principal, role, verdict.because


@lru_cache(maxsize=1024)
def _willing(account: str) -> Policy:
    """A trust that leaves it to an account, so that a principal's own policies decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ACTION}
    return policy(Ref(account), "", {"Version": "2012-10-17", "Statement": [statement]})


def _session_of(role: str) -> str:
    """What the sessions of a role have in common: its account and its name, without its path."""
    return f"{role.rpartition(':role/')[0].rpartition(':')[2]}/{role.rpartition('/')[2]}"


def _names(trust: Policy) -> frozenset[str]:
    """The principals that a trust names one by one; of a session, what it shares with its role's other sessions."""
    return frozenset(
        name if (session := _SESSION.fullmatch(name)) is None else _session_of(f":{session[2]}:role/{session[3]}")
        for statement in trust.statements
        if statement.principals is not None
        for kind, name in statement.principals.names
        if kind == "AWS"
    )


def _is_open(trust: Policy) -> bool:
    """Whether a trust admits more than principals it names one by one."""
    return any(
        statement.problem
        or (statement.principals is not None and statement.principals.negated)
        or any(_is_wide(kind, name) for kind, name in (statement.principals.names if statement.principals else ()))
        for statement in trust.statements
    )


def _is_for_all(trust: Policy) -> bool:
    """Whether a trust may admit a principal whose own policies are silent, without naming it."""
    return any(
        statement.problem
        or (statement.principals is not None and (statement.principals.negated or _is_for_any(statement)))
        for statement in trust.statements
    )


def _is_for_any(statement: Statement) -> bool:
    named = statement.principals
    return named is not None and (named.negated or any(kind == "AWS" and name == "*" for kind, name in named.names))


def _is_wide(kind: str, name: str) -> bool:
    return kind == "AWS" and (name == "*" or name.isdigit() or name.endswith(":root"))
