from __future__ import annotations

import re

import msgspec

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.semantics.iam.account import trusts
from kpath.snapshot.patch import Patch

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
    if found is None:
        return None
    issuer = _issuer(fact, model, found[1])
    subjects = [
        f"system:serviceaccount:{ref.namespace}:{ref.name}"
        for ref, account in model.service_accounts.items()
        if (account.metadata.annotations or {}).get(ROLE_ARN) == fact.of
    ]
    exact = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subjects}}
    if not issuer or not subjects:
        return Patch.replace(fact.of, f"{found[1]}/Effect", "Deny")
    if msgspec.json.encode(exact, order="sorted").decode() == (fact.value or ""):
        return None
    return Patch.replace(fact.of, f"{found[1]}/Condition", exact)


def _issuer(fact: Fact, model: Model, at: str) -> str:
    """The issuer whose tokens the statement accepts, or an empty string."""
    for statement in trusts(model)[fact.of].statements if fact.of in trusts(model) else ():
        if statement.at == at and statement.principals is not None:
            for kind, name in statement.principals.names:
                if kind == "Federated":
                    return name.partition(":oidc-provider/")[2]
    return ""
