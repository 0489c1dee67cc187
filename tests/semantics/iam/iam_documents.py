"""Policies in as few words as a test needs."""

from __future__ import annotations

from collections.abc import Mapping

from kpath.refs import Ref
from kpath.semantics.iam import Policy, policy
from kpath.verdict import Verdict, word

ACCOUNT = "111122223333"
OTHER = "444455556666"
USER = Ref(f"arn:aws:iam::{ACCOUNT}:user/staff/bob")
ROLE = Ref(f"arn:aws:iam::{ACCOUNT}:role/team/worker")
TARGET = Ref(f"arn:aws:iam::{ACCOUNT}:role/deploy")
STRANGER = Ref(f"arn:aws:iam::{OTHER}:role/stranger")
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
PROVIDER = Ref(f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}")
BUCKET = "arn:aws:s3:::shop/orders"

Raw = Mapping[str, object]


def document(*statements: Raw, version: str = "2012-10-17") -> dict[str, object]:
    """A document with these statements."""
    return {"Version": version, "Statement": list(statements)}


def statement(effect: str, action: object = "*", resource: object = "*", condition: Raw | None = None) -> Raw:
    """A statement of an identity policy."""
    found: dict[str, object] = {"Effect": effect, "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def attached(*statements: Raw, version: str = "2012-10-17", of: Ref = USER) -> Policy:
    """An identity policy, a boundary or an SCP."""
    return policy(of, "/Policy", document(*statements, version=version))


def allow(action: object = "*", resource: object = "*", condition: Raw | None = None) -> Policy:
    """A policy of one Allow."""
    return attached(statement("Allow", action, resource, condition))


def deny(action: object = "*", resource: object = "*", condition: Raw | None = None) -> Policy:
    """A policy of one Deny."""
    return attached(statement("Deny", action, resource, condition))


def trusting(principal: object, condition: Raw | None = None, effect: str = "Allow", **fields: object) -> Raw:
    """A statement of a trust policy; it speaks of every STS action."""
    found: dict[str, object] = {"Effect": effect, "Principal": principal, "Action": "sts:*", **fields}
    found = {**found, "Condition": condition} if condition else found
    return {key: value for key, value in found.items() if value is not None}


def trust(*statements: Raw, of: Ref = TARGET, version: str = "2012-10-17") -> Policy:
    """A role's trust policy."""
    return policy(of, "/AssumeRolePolicyDocument", document(*statements, version=version))


def bucket_policy(principal: object, effect: str = "Allow", **fields: object) -> Policy:
    """The policy of the bucket."""
    found = {"Effect": effect, "Principal": principal, "Action": "*", "Resource": "*", **fields}
    present = {key: value for key, value in found.items() if value is not None}
    return policy(Ref("arn:aws:s3:::shop"), "/Policy", document(present))


def said(verdict: Verdict) -> str:
    """The verdict's name, once it is known to be well formed."""
    return word(verdict)
