"""A service is called by its plain name, and in some partitions by another."""

from __future__ import annotations

import pytest

from kpath.iam import Allowed, Denied, decide
from kpath.semantics.iam.services import called, plain

ROLE = "arn:aws-cn:iam::111122223333:role/x"


@pytest.mark.parametrize(
    ("partitions", "expected"),
    [
        (["aws"], ("ec2.amazonaws.com",)),
        (["aws-us-gov"], ("ec2.amazonaws.com",)),
        (["aws-cn", "aws-cn"], ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")),
        (["aws-iso"], ("ec2.amazonaws.com", "ec2.c2s.ic.gov")),
    ],
)
def test_a_service_has_a_name_of_its_partition(partitions: list[str], expected: tuple[str, ...]) -> None:
    assert called("ec2.amazonaws.com", partitions) == expected
    assert {plain(name) for name in expected} == {"ec2.amazonaws.com"}


@pytest.mark.parametrize("named", ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"])
@pytest.mark.parametrize("asks", ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"])
def test_a_trust_admits_a_service_by_either_name(named: str, asks: str) -> None:
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": named}, "Action": "sts:AssumeRole"}}
    asked = {"principal": asks, "action": "sts:AssumeRole", "resource": ROLE}

    assert isinstance(decide(asked, {"resource": trust}), Allowed)
    assert isinstance(decide(asked | {"principal": "lambda.amazonaws.com"}, {"resource": trust}), Denied)
