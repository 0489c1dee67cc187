from __future__ import annotations

import re

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import Policy, Statement, web_identity
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.irsa import trusted
from kpath.snapshot.patch import Patch
from kpath.verdict import Denied

AUDIENCE = "sts.amazonaws.com"
ROLE_ARN = "eks.amazonaws.com/role-arn"
_STATEMENT = re.compile(r"(/AssumeRolePolicyDocument/Statement(?:/\d+)?)/(Condition|Principal)")


@mitigation(
    refutes=(
        "aws-role:/AssumeRolePolicyDocument/Statement*/Condition",
        "aws-role:/AssumeRolePolicyDocument/Statement*/Principal",
    ),
    lag=IMMEDIATE,
)
def trust_exact(fact: Fact, model: Model) -> Patch | None:
    """Trust exactly the service accounts that are annotated with the role, or else nobody.

    Whoever may create pods or mint tokens for such a service account still becomes the role. A role that is meant
    for AWS principals keeps its statement only if somebody writes it anew.
    """
    found = _STATEMENT.fullmatch(fact.at)
    trust = trusts(model).get(fact.of)
    statement = next((each for each in trust.statements if found and each.at == found[1]), None) if trust else None
    if trust is None or statement is None or statement.effect != "Allow":
        return None
    issuer, subjects = _annotated(model, fact.of, trust, statement)
    if not subjects:
        return Patch.replace(fact.of, f"{statement.at}/Effect", "Deny")
    exact = {f"{issuer}:aud": AUDIENCE, f"{issuer}:sub": subjects}
    if len(statement.clauses) == 2 and {clause.values for clause in statement.clauses} == {
        (AUDIENCE,),
        tuple(subjects),
    }:
        return None
    # Beside whatever condition there is: a key more can only narrow it.
    return Patch.replace(fact.of, f"{statement.at}/Condition/StringEquals", exact | _others(statement, issuer))


def _annotated(model: Model, role: Ref, trust: Policy, statement: Statement) -> tuple[str, list[str]]:
    """The issuer that a statement names, and those of the role's own service accounts that it admits."""
    named = [name for kind, name in statement.principals.names if kind == "Federated"] if statement.principals else []
    ours = [provider.ref for provider, _ in trusted(model) if provider.ref in named]
    for name in (*ours, *([] if ours else [Ref(name) for name in named if ":oidc-provider/" in name])):
        issuer = name.partition(":oidc-provider/")[2]
        subjects = [
            f"system:serviceaccount:{ref.namespace}:{ref.name}"
            for ref, account in model.service_accounts.items()
            if (account.metadata.annotations or {}).get(ROLE_ARN) == role
        ]
        admits = (web_identity(trust, Ref(name), issuer, subject, AUDIENCE) for subject in subjects)
        return issuer, [
            subject for subject, verdict in zip(subjects, admits, strict=True) if not isinstance(verdict, Denied)
        ]
    return "", []


def _others(statement: Statement, issuer: str) -> dict[str, list[str]]:
    """What the statement compares in the same way, but for subject and audience."""
    own = (f"{issuer}:aud".lower(), f"{issuer}:sub".lower())
    return {
        clause.key: list(clause.values)
        for clause in statement.clauses
        if clause.written == "StringEquals" and clause.key.lower() not in own
    }
