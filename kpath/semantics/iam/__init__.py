"""What an AWS IAM policy means: pure functions from policies to verdicts, with reasons."""

from __future__ import annotations

from kpath.semantics.iam.admin import everything
from kpath.semantics.iam.context import CHOSEN, Context, Open, context
from kpath.semantics.iam.decide import decide, unchangeable
from kpath.semantics.iam.document import Clause, Policy, Statement, policy, unknown
from kpath.semantics.iam.request import Policies, Request, known_of
from kpath.semantics.iam.sets import Group, allowed, federated
from kpath.semantics.iam.trust import assume, both, pass_role, service, web_identity

__all__ = [
    "CHOSEN",
    "Clause",
    "Context",
    "Group",
    "Open",
    "Policies",
    "Policy",
    "Request",
    "Statement",
    "allowed",
    "assume",
    "both",
    "context",
    "decide",
    "everything",
    "federated",
    "known_of",
    "pass_role",
    "policy",
    "service",
    "unchangeable",
    "unknown",
    "web_identity",
]
