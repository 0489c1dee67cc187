"""Who may do everything."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from iam_documents import USER, Raw, allow, attached, deny, said, statement

from kpath.semantics.iam import Policies, everything, unknown

POWER = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement("Allow")], "allowed"),
        ([statement("Allow", ["s3:*", "*:*"], ["x", "*"])], "allowed"),
        ([statement("Allow", "**")], "allowed"),
        ([statement("Allow", "*", "arn:aws:s3:::*")], "denied"),
        ([statement("Allow", "s3:*")], "denied"),
        ([POWER], "denied"),
        ([{**POWER, "NotAction": "aws-portal:*"}], "allowed"),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs"}], "denied"),
        ([statement("Allow", condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], "undecided"),
        ([statement("Allow"), statement("Deny", "s3:*")], "allowed"),
        ([statement("Allow"), statement("Deny", "*", "arn:aws:s3:::logs")], "allowed"),
        ([statement("Allow"), statement("Deny", "iam:*")], "denied"),
        ([statement("Allow"), statement("Deny")], "denied"),
        ([statement("Allow"), {**POWER, "Effect": "Deny", "NotAction": "s3:*"}], "denied"),
        ([statement("Allow"), statement("Deny", condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], "undecided"),
    ],
)
def test_only_every_action_on_every_resource_is_everything(statements: list[Raw], expected: str) -> None:
    assert expected == said(everything(Policies((attached(*statements),))))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"boundary": allow()}, "allowed"),
        ({"boundary": allow("s3:*")}, "denied"),
        ({"boundary": allow(condition={"Bool": {"x:k": "true"}})}, "undecided"),
        ({"sessions": (allow("s3:*"),)}, "denied"),
        ({"scps": ((allow(), deny("s3:*")), (allow("iam:*"),))}, "allowed"),
        ({"scps": ((allow("s3:*"),),)}, "denied"),
        ({"scps": ((allow(), deny("iam:*")),)}, "denied"),
        ({"boundary": unknown(USER, missing="iam get-policy-version")}, "undecided"),
    ],
)
def test_a_fence_that_is_not_everything_is_a_limit(limits: Mapping[str, object], expected: str) -> None:
    assert expected == said(everything(Policies((allow(),), **limits)))  # type: ignore[arg-type]
