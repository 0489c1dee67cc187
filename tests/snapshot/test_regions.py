"""Which region a zone is in, and which partition a region."""

from __future__ import annotations

import pytest

from kpath.model.regions import partition, region


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("eu-west-1a", "eu-west-1"),
        ("ap-southeast-2c", "ap-southeast-2"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("us-iso-east-1a", "us-iso-east-1"),
        ("eusc-de-east-1a", "eusc-de-east-1"),
        ("", ""),
    ],
)
def test_a_zone_is_in_a_region(zone: str, expected: str) -> None:
    assert region(zone) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        ("", "aws"),
    ],
)
def test_a_region_is_in_a_partition(where: str, expected: str) -> None:
    assert partition(where) == expected
