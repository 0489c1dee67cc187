"""What we decode of the answers of AWS Organizations."""

from __future__ import annotations

from kpath.model.wire_parts import Aws


class Organization(Aws, frozen=True):
    """`organizations describe-organization`."""

    id: str
    arn: str = ""
    master_account_id: str = ""
    feature_set: str = ""


class Member(Aws, frozen=True):
    """`organizations list-accounts` and `list-accounts-for-parent`."""

    id: str
    arn: str = ""


class PolicyType(Aws, frozen=True):
    type: str = ""
    status: str = ""


class Root(Aws, frozen=True):
    """`organizations list-roots`."""

    id: str
    arn: str = ""
    policy_types: tuple[PolicyType, ...] | None = None


class Place(Aws, frozen=True):
    """An organisational unit, or whatever `list-children` and `list-parents` tell of."""

    id: str
    arn: str = ""


class Summary(Aws, frozen=True):
    arn: str
    type: str = ""


class Described(Aws, frozen=True):
    """`organizations describe-policy`; other services put other things under the same key."""

    policy_summary: Summary | None = None
    content: str | None = None


class Target(Aws, frozen=True):
    """`organizations list-targets-for-policy`; other services call other things targets."""

    target_id: str = ""
