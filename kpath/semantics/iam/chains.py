"""Which principals may assume which roles."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import principals, trusts
from kpath.semantics.iam.document import Policy, policy
from kpath.semantics.iam.sets import allowed
from kpath.semantics.iam.trust import assume
from kpath.verdict import Denied, Verdict

ACTION = "sts:AssumeRole"


def assumptions(model: Model) -> Iterator[tuple[Ref, Ref, Verdict]]:
    """Principal, role and verdict, where it is not a no.

    A trust that names principals is asked for those alone; one that names an account or everybody, for the
    principals whose own policies do not refuse.
    """
    known = principals(model)
    open_roles = frozenset(str(role) for role, trust in trusts(model).items() if _is_open(trust))
    for principal, policies in known.items():
        own = frozenset[str]()
        for group in allowed(principal, ACTION, replace(policies, resource=_willing(principal)), open_roles):
            own |= group.names
        named = {str(role) for role, trust in trusts(model).items() if principal in _names(trust)}
        for role in sorted(own | named):
            verdict = assume(trusts(model)[Ref(role)], principal, policies)
            if not isinstance(verdict, Denied) and role != principal:
                yield principal, Ref(role), verdict


def _willing(principal: Ref) -> Policy:
    """A trust that leaves it to the account of a principal, so that its own policies decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal.account}, "Action": ACTION}
    return policy(principal, "", {"Version": "2012-10-17", "Statement": [statement]})


def _names(trust: Policy) -> frozenset[str]:
    return frozenset(
        name
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


def _is_wide(kind: str, name: str) -> bool:
    return kind == "AWS" and (name == "*" or name.isdigit() or name.endswith(":root"))
