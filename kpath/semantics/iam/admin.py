"""Who may do everything."""

from __future__ import annotations

from collections.abc import Iterable

from kpath.evidence import Assumption, Evidence
from kpath.semantics.iam.conditions import all_hold, words
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.document import Policy, Statement, doubt
from kpath.semantics.iam.patterns import covers_every_action, covers_everything
from kpath.semantics.iam.request import Policies
from kpath.semantics.iam.statements import covers_action
from kpath.semantics.iam.truth import Truth
from kpath.verdict import Allowed, Denied, Undecided, Verdict

# Any of these turns a right over IAM into every other right.
POLICY_WRITES = (
    "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreatePolicyVersion",
    "iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy",
    "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
)  # fmt: skip


def everything(policies: Policies, *, context: Context = UNCERTAIN) -> Verdict:
    """Whether the policies leave a principal every action on every resource.

    Who may write policies may undo a smaller denial, so only one that takes every such action on every resource
    counts against it; so does a boundary or a session policy that is not everything itself. A service control
    policy need only leave those actions: it caps the whole account, its administrators included.
    """
    verdicts = [_granted(policies.identity, context)]
    if policies.boundary is not None:
        verdicts.append(_granted((policies.boundary,), context))
    if policies.sessions:
        verdicts.append(_granted(policies.sessions, context))
    verdicts += [_granted(level, context, writes_only=True) for level in policies.scps]
    held = [policies.boundary] if policies.boundary else []
    levels = [policy for level in policies.scps for policy in level]
    forbidding = _forbidden((*policies.identity, *held, *policies.sessions, *levels), context)
    denials = [each for each in (*verdicts, forbidding) if isinstance(each, Denied)]
    if denials:
        return denials[-1] if isinstance(forbidding, Denied) else denials[0]
    because = tuple(dict.fromkeys(fact for each in verdicts for fact in each.because))
    open_ones = [each for each in (*verdicts, forbidding) if isinstance(each, Undecided)]
    assumes = tuple(dict.fromkeys(assumption for each in open_ones for assumption in each.assumes))
    return Undecided(because, assumes) if assumes else Allowed(because)


def every_write(given: Policy) -> Verdict:
    """Whether a policy allows every way to write policies, on every resource: it gives the rest, too."""
    return _granted((given,), UNCERTAIN, writes_only=True)


def _granted(policies: Iterable[Policy], context: Context, *, writes_only: bool = False) -> Verdict:
    found = [each for policy in policies for each in policy.statements if each.effect != "Deny"]
    near: list[tuple[Truth, Statement]] = []
    for statement in found:
        if statement.problem:
            near.append((Truth.MAYBE, statement))
        elif _spans(statement, writes_only=writes_only):
            near.append((all_hold(statement.clauses, context), statement))
    sure, best = max(near, key=lambda pair: pair[0], default=(Truth.NO, None))
    if best is None or sure is Truth.NO:
        return Denied(_refuted(near))
    return Allowed(best.facts) if sure is Truth.YES else Undecided(best.facts, (_hope(best),))


def _refuted(near: list[tuple[Truth, Statement]]) -> Evidence:
    return tuple(clause.fact for _, statement in near for clause in statement.clauses)


def _spans(statement: Statement, *, writes_only: bool) -> bool:
    """Whether a statement spans every action, or at least every way to write a policy, on every resource."""
    actions = statement.actions
    if actions is None or not _every_resource(statement):
        return False
    # What NotAction leaves out does no harm as long as the rest can grant it.
    if actions.negated or writes_only:
        return all(covers_action(actions, write) for write in POLICY_WRITES)
    return any(covers_every_action(pattern) for pattern in actions.values)


def _every_resource(statement: Statement) -> bool:
    resources = statement.resources
    if resources is None:
        return False
    return not resources.values if resources.negated else any(covers_everything(each) for each in resources.values)


def _forbidden(policies: Iterable[Policy], context: Context) -> Verdict:
    assumes: list[Assumption] = []
    for policy in policies:
        for statement in policy.statements:
            if statement.effect == "Allow":
                continue
            if statement.problem:
                assumes.append(doubt(statement))
            elif _spans(statement, writes_only=True):
                sure = all_hold(statement.clauses, context)
                if sure is Truth.YES:
                    return Denied(statement.facts)
                if sure is Truth.MAYBE:
                    assumes.append(_escape(statement))
    return Undecided((), tuple(assumes)) if assumes else Allowed(())


def _hope(statement: Statement) -> Assumption:
    if statement.problem:
        return doubt(statement)
    return Assumption(f"if {' and '.join(words(clause) for clause in statement.clauses)} ({statement.name})")


def _escape(statement: Statement) -> Assumption:
    spared = " or ".join(words(clause, negated=True) for clause in statement.clauses)
    return Assumption(f"if {spared} (else denied by {statement.name})")
